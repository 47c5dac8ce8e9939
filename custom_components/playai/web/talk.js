var ys=Object.defineProperty;var vs=Object.getOwnPropertyDescriptor;var p=(i,e,t,s)=>{for(var r=s>1?void 0:s?vs(e,t):e,o=i.length-1,n;o>=0;o--)(n=i[o])&&(r=(s?n(e,t,r):n(r))||r);return s&&r&&ys(e,t,r),r};var ye=globalThis,ve=ye.ShadowRoot&&(ye.ShadyCSS===void 0||ye.ShadyCSS.nativeShadow)&&"adoptedStyleSheets"in Document.prototype&&"replace"in CSSStyleSheet.prototype,Ie=Symbol(),pt=new WeakMap,ne=class{constructor(e,t,s){if(this._$cssResult$=!0,s!==Ie)throw Error("CSSResult is not constructable. Use `unsafeCSS` or `css` instead.");this.cssText=e,this.t=t}get styleSheet(){let e=this.o,t=this.t;if(ve&&e===void 0){let s=t!==void 0&&t.length===1;s&&(e=pt.get(t)),e===void 0&&((this.o=e=new CSSStyleSheet).replaceSync(this.cssText),s&&pt.set(t,e))}return e}toString(){return this.cssText}},ht=i=>new ne(typeof i=="string"?i:i+"",void 0,Ie),b=(i,...e)=>{let t=i.length===1?i[0]:e.reduce((s,r,o)=>s+(n=>{if(n._$cssResult$===!0)return n.cssText;if(typeof n=="number")return n;throw Error("Value passed to 'css' function must be a 'css' function result: "+n+". Use 'unsafeCSS' to pass non-literal values, but take care to ensure page security.")})(r)+i[o+1],i[0]);return new ne(t,i,Ie)},ut=(i,e)=>{if(ve)i.adoptedStyleSheets=e.map(t=>t instanceof CSSStyleSheet?t:t.styleSheet);else for(let t of e){let s=document.createElement("style"),r=ye.litNonce;r!==void 0&&s.setAttribute("nonce",r),s.textContent=t.cssText,i.appendChild(s)}},Ke=ve?i=>i:i=>i instanceof CSSStyleSheet?(e=>{let t="";for(let s of e.cssRules)t+=s.cssText;return ht(t)})(i):i;var{is:bs,defineProperty:xs,getOwnPropertyDescriptor:$s,getOwnPropertyNames:ks,getOwnPropertySymbols:_s,getPrototypeOf:ws}=Object,be=globalThis,mt=be.trustedTypes,Ms=mt?mt.emptyScript:"",As=be.reactiveElementPolyfillSupport,ae=(i,e)=>i,le={toAttribute(i,e){switch(e){case Boolean:i=i?Ms:null;break;case Object:case Array:i=i==null?i:JSON.stringify(i)}return i},fromAttribute(i,e){let t=i;switch(e){case Boolean:t=i!==null;break;case Number:t=i===null?null:Number(i);break;case Object:case Array:try{t=JSON.parse(i)}catch{t=null}}return t}},xe=(i,e)=>!bs(i,e),ft={attribute:!0,type:String,converter:le,reflect:!1,useDefault:!1,hasChanged:xe};Symbol.metadata??=Symbol("metadata"),be.litPropertyMetadata??=new WeakMap;var R=class extends HTMLElement{static addInitializer(e){this._$Ei(),(this.l??=[]).push(e)}static get observedAttributes(){return this.finalize(),this._$Eh&&[...this._$Eh.keys()]}static createProperty(e,t=ft){if(t.state&&(t.attribute=!1),this._$Ei(),this.prototype.hasOwnProperty(e)&&((t=Object.create(t)).wrapped=!0),this.elementProperties.set(e,t),!t.noAccessor){let s=Symbol(),r=this.getPropertyDescriptor(e,s,t);r!==void 0&&xs(this.prototype,e,r)}}static getPropertyDescriptor(e,t,s){let{get:r,set:o}=$s(this.prototype,e)??{get(){return this[t]},set(n){this[t]=n}};return{get:r,set(n){let l=r?.call(this);o?.call(this,n),this.requestUpdate(e,l,s)},configurable:!0,enumerable:!0}}static getPropertyOptions(e){return this.elementProperties.get(e)??ft}static _$Ei(){if(this.hasOwnProperty(ae("elementProperties")))return;let e=ws(this);e.finalize(),e.l!==void 0&&(this.l=[...e.l]),this.elementProperties=new Map(e.elementProperties)}static finalize(){if(this.hasOwnProperty(ae("finalized")))return;if(this.finalized=!0,this._$Ei(),this.hasOwnProperty(ae("properties"))){let t=this.properties,s=[...ks(t),..._s(t)];for(let r of s)this.createProperty(r,t[r])}let e=this[Symbol.metadata];if(e!==null){let t=litPropertyMetadata.get(e);if(t!==void 0)for(let[s,r]of t)this.elementProperties.set(s,r)}this._$Eh=new Map;for(let[t,s]of this.elementProperties){let r=this._$Eu(t,s);r!==void 0&&this._$Eh.set(r,t)}this.elementStyles=this.finalizeStyles(this.styles)}static finalizeStyles(e){let t=[];if(Array.isArray(e)){let s=new Set(e.flat(1/0).reverse());for(let r of s)t.unshift(Ke(r))}else e!==void 0&&t.push(Ke(e));return t}static _$Eu(e,t){let s=t.attribute;return s===!1?void 0:typeof s=="string"?s:typeof e=="string"?e.toLowerCase():void 0}constructor(){super(),this._$Ep=void 0,this.isUpdatePending=!1,this.hasUpdated=!1,this._$Em=null,this._$Ev()}_$Ev(){this._$ES=new Promise(e=>this.enableUpdating=e),this._$AL=new Map,this._$E_(),this.requestUpdate(),this.constructor.l?.forEach(e=>e(this))}addController(e){(this._$EO??=new Set).add(e),this.renderRoot!==void 0&&this.isConnected&&e.hostConnected?.()}removeController(e){this._$EO?.delete(e)}_$E_(){let e=new Map,t=this.constructor.elementProperties;for(let s of t.keys())this.hasOwnProperty(s)&&(e.set(s,this[s]),delete this[s]);e.size>0&&(this._$Ep=e)}createRenderRoot(){let e=this.shadowRoot??this.attachShadow(this.constructor.shadowRootOptions);return ut(e,this.constructor.elementStyles),e}connectedCallback(){this.renderRoot??=this.createRenderRoot(),this.enableUpdating(!0),this._$EO?.forEach(e=>e.hostConnected?.())}enableUpdating(e){}disconnectedCallback(){this._$EO?.forEach(e=>e.hostDisconnected?.())}attributeChangedCallback(e,t,s){this._$AK(e,s)}_$ET(e,t){let s=this.constructor.elementProperties.get(e),r=this.constructor._$Eu(e,s);if(r!==void 0&&s.reflect===!0){let o=(s.converter?.toAttribute!==void 0?s.converter:le).toAttribute(t,s.type);this._$Em=e,o==null?this.removeAttribute(r):this.setAttribute(r,o),this._$Em=null}}_$AK(e,t){let s=this.constructor,r=s._$Eh.get(e);if(r!==void 0&&this._$Em!==r){let o=s.getPropertyOptions(r),n=typeof o.converter=="function"?{fromAttribute:o.converter}:o.converter?.fromAttribute!==void 0?o.converter:le;this._$Em=r;let l=n.fromAttribute(t,o.type);this[r]=l??this._$Ej?.get(r)??l,this._$Em=null}}requestUpdate(e,t,s,r=!1,o){if(e!==void 0){let n=this.constructor;if(r===!1&&(o=this[e]),s??=n.getPropertyOptions(e),!((s.hasChanged??xe)(o,t)||s.useDefault&&s.reflect&&o===this._$Ej?.get(e)&&!this.hasAttribute(n._$Eu(e,s))))return;this.C(e,t,s)}this.isUpdatePending===!1&&(this._$ES=this._$EP())}C(e,t,{useDefault:s,reflect:r,wrapped:o},n){s&&!(this._$Ej??=new Map).has(e)&&(this._$Ej.set(e,n??t??this[e]),o!==!0||n!==void 0)||(this._$AL.has(e)||(this.hasUpdated||s||(t=void 0),this._$AL.set(e,t)),r===!0&&this._$Em!==e&&(this._$Eq??=new Set).add(e))}async _$EP(){this.isUpdatePending=!0;try{await this._$ES}catch(t){Promise.reject(t)}let e=this.scheduleUpdate();return e!=null&&await e,!this.isUpdatePending}scheduleUpdate(){return this.performUpdate()}performUpdate(){if(!this.isUpdatePending)return;if(!this.hasUpdated){if(this.renderRoot??=this.createRenderRoot(),this._$Ep){for(let[r,o]of this._$Ep)this[r]=o;this._$Ep=void 0}let s=this.constructor.elementProperties;if(s.size>0)for(let[r,o]of s){let{wrapped:n}=o,l=this[r];n!==!0||this._$AL.has(r)||l===void 0||this.C(r,void 0,o,l)}}let e=!1,t=this._$AL;try{e=this.shouldUpdate(t),e?(this.willUpdate(t),this._$EO?.forEach(s=>s.hostUpdate?.()),this.update(t)):this._$EM()}catch(s){throw e=!1,this._$EM(),s}e&&this._$AE(t)}willUpdate(e){}_$AE(e){this._$EO?.forEach(t=>t.hostUpdated?.()),this.hasUpdated||(this.hasUpdated=!0,this.firstUpdated(e)),this.updated(e)}_$EM(){this._$AL=new Map,this.isUpdatePending=!1}get updateComplete(){return this.getUpdateComplete()}getUpdateComplete(){return this._$ES}shouldUpdate(e){return!0}update(e){this._$Eq&&=this._$Eq.forEach(t=>this._$ET(t,this[t])),this._$EM()}updated(e){}firstUpdated(e){}};R.elementStyles=[],R.shadowRootOptions={mode:"open"},R[ae("elementProperties")]=new Map,R[ae("finalized")]=new Map,As?.({ReactiveElement:R}),(be.reactiveElementVersions??=[]).push("2.1.2");var je=globalThis,gt=i=>i,$e=je.trustedTypes,yt=$e?$e.createPolicy("lit-html",{createHTML:i=>i}):void 0,We="$lit$",O=`lit$${Math.random().toFixed(9).slice(2)}$`,qe="?"+O,Es=`<${qe}>`,K=document,de=()=>K.createComment(""),pe=i=>i===null||typeof i!="object"&&typeof i!="function",Fe=Array.isArray,_t=i=>Fe(i)||typeof i?.[Symbol.iterator]=="function",Be=`[ 	
\f\r]`,ce=/<(?:(!--|\/[^a-zA-Z])|(\/?[a-zA-Z][^>\s]*)|(\/?$))/g,vt=/-->/g,bt=/>/g,U=RegExp(`>|${Be}(?:([^\\s"'>=/]+)(${Be}*=${Be}*(?:[^ 	
\f\r"'\`<>=]|("|')|))|$)`,"g"),xt=/'/g,$t=/"/g,wt=/^(?:script|style|textarea|title)$/i,Ge=i=>(e,...t)=>({_$litType$:i,strings:e,values:t}),c=Ge(1),M=Ge(2),vi=Ge(3),S=Symbol.for("lit-noChange"),h=Symbol.for("lit-nothing"),kt=new WeakMap,I=K.createTreeWalker(K,129);function Mt(i,e){if(!Fe(i)||!i.hasOwnProperty("raw"))throw Error("invalid template strings array");return yt!==void 0?yt.createHTML(e):e}var At=(i,e)=>{let t=i.length-1,s=[],r,o=e===2?"<svg>":e===3?"<math>":"",n=ce;for(let l=0;l<t;l++){let a=i[l],u,g,d=-1,y=0;for(;y<a.length&&(n.lastIndex=y,g=n.exec(a),g!==null);)y=n.lastIndex,n===ce?g[1]==="!--"?n=vt:g[1]!==void 0?n=bt:g[2]!==void 0?(wt.test(g[2])&&(r=RegExp("</"+g[2],"g")),n=U):g[3]!==void 0&&(n=U):n===U?g[0]===">"?(n=r??ce,d=-1):g[1]===void 0?d=-2:(d=n.lastIndex-g[2].length,u=g[1],n=g[3]===void 0?U:g[3]==='"'?$t:xt):n===$t||n===xt?n=U:n===vt||n===bt?n=ce:(n=U,r=void 0);let m=n===U&&i[l+1].startsWith("/>")?" ":"";o+=n===ce?a+Es:d>=0?(s.push(u),a.slice(0,d)+We+a.slice(d)+O+m):a+O+(d===-2?l:m)}return[Mt(i,o+(i[t]||"<?>")+(e===2?"</svg>":e===3?"</math>":"")),s]},he=class i{constructor({strings:e,_$litType$:t},s){let r;this.parts=[];let o=0,n=0,l=e.length-1,a=this.parts,[u,g]=At(e,t);if(this.el=i.createElement(u,s),I.currentNode=this.el.content,t===2||t===3){let d=this.el.content.firstChild;d.replaceWith(...d.childNodes)}for(;(r=I.nextNode())!==null&&a.length<l;){if(r.nodeType===1){if(r.hasAttributes())for(let d of r.getAttributeNames())if(d.endsWith(We)){let y=g[n++],m=r.getAttribute(d).split(O),v=/([.?@])?(.*)/.exec(y);a.push({type:1,index:o,name:v[2],strings:m,ctor:v[1]==="."?_e:v[1]==="?"?we:v[1]==="@"?Me:j}),r.removeAttribute(d)}else d.startsWith(O)&&(a.push({type:6,index:o}),r.removeAttribute(d));if(wt.test(r.tagName)){let d=r.textContent.split(O),y=d.length-1;if(y>0){r.textContent=$e?$e.emptyScript:"";for(let m=0;m<y;m++)r.append(d[m],de()),I.nextNode(),a.push({type:2,index:++o});r.append(d[y],de())}}}else if(r.nodeType===8)if(r.data===qe)a.push({type:2,index:o});else{let d=-1;for(;(d=r.data.indexOf(O,d+1))!==-1;)a.push({type:7,index:o}),d+=O.length-1}o++}}static createElement(e,t){let s=K.createElement("template");return s.innerHTML=e,s}};function B(i,e,t=i,s){if(e===S)return e;let r=s!==void 0?t._$Co?.[s]:t._$Cl,o=pe(e)?void 0:e._$litDirective$;return r?.constructor!==o&&(r?._$AO?.(!1),o===void 0?r=void 0:(r=new o(i),r._$AT(i,t,s)),s!==void 0?(t._$Co??=[])[s]=r:t._$Cl=r),r!==void 0&&(e=B(i,r._$AS(i,e.values),r,s)),e}var ke=class{constructor(e,t){this._$AV=[],this._$AN=void 0,this._$AD=e,this._$AM=t}get parentNode(){return this._$AM.parentNode}get _$AU(){return this._$AM._$AU}u(e){let{el:{content:t},parts:s}=this._$AD,r=(e?.creationScope??K).importNode(t,!0);I.currentNode=r;let o=I.nextNode(),n=0,l=0,a=s[0];for(;a!==void 0;){if(n===a.index){let u;a.type===2?u=new X(o,o.nextSibling,this,e):a.type===1?u=new a.ctor(o,a.name,a.strings,this,e):a.type===6&&(u=new Ae(o,this,e)),this._$AV.push(u),a=s[++l]}n!==a?.index&&(o=I.nextNode(),n++)}return I.currentNode=K,r}p(e){let t=0;for(let s of this._$AV)s!==void 0&&(s.strings!==void 0?(s._$AI(e,s,t),t+=s.strings.length-2):s._$AI(e[t])),t++}},X=class i{get _$AU(){return this._$AM?._$AU??this._$Cv}constructor(e,t,s,r){this.type=2,this._$AH=h,this._$AN=void 0,this._$AA=e,this._$AB=t,this._$AM=s,this.options=r,this._$Cv=r?.isConnected??!0}get parentNode(){let e=this._$AA.parentNode,t=this._$AM;return t!==void 0&&e?.nodeType===11&&(e=t.parentNode),e}get startNode(){return this._$AA}get endNode(){return this._$AB}_$AI(e,t=this){e=B(this,e,t),pe(e)?e===h||e==null||e===""?(this._$AH!==h&&this._$AR(),this._$AH=h):e!==this._$AH&&e!==S&&this._(e):e._$litType$!==void 0?this.$(e):e.nodeType!==void 0?this.T(e):_t(e)?this.k(e):this._(e)}O(e){return this._$AA.parentNode.insertBefore(e,this._$AB)}T(e){this._$AH!==e&&(this._$AR(),this._$AH=this.O(e))}_(e){this._$AH!==h&&pe(this._$AH)?this._$AA.nextSibling.data=e:this.T(K.createTextNode(e)),this._$AH=e}$(e){let{values:t,_$litType$:s}=e,r=typeof s=="number"?this._$AC(e):(s.el===void 0&&(s.el=he.createElement(Mt(s.h,s.h[0]),this.options)),s);if(this._$AH?._$AD===r)this._$AH.p(t);else{let o=new ke(r,this),n=o.u(this.options);o.p(t),this.T(n),this._$AH=o}}_$AC(e){let t=kt.get(e.strings);return t===void 0&&kt.set(e.strings,t=new he(e)),t}k(e){Fe(this._$AH)||(this._$AH=[],this._$AR());let t=this._$AH,s,r=0;for(let o of e)r===t.length?t.push(s=new i(this.O(de()),this.O(de()),this,this.options)):s=t[r],s._$AI(o),r++;r<t.length&&(this._$AR(s&&s._$AB.nextSibling,r),t.length=r)}_$AR(e=this._$AA.nextSibling,t){for(this._$AP?.(!1,!0,t);e!==this._$AB;){let s=gt(e).nextSibling;gt(e).remove(),e=s}}setConnected(e){this._$AM===void 0&&(this._$Cv=e,this._$AP?.(e))}},j=class{get tagName(){return this.element.tagName}get _$AU(){return this._$AM._$AU}constructor(e,t,s,r,o){this.type=1,this._$AH=h,this._$AN=void 0,this.element=e,this.name=t,this._$AM=r,this.options=o,s.length>2||s[0]!==""||s[1]!==""?(this._$AH=Array(s.length-1).fill(new String),this.strings=s):this._$AH=h}_$AI(e,t=this,s,r){let o=this.strings,n=!1;if(o===void 0)e=B(this,e,t,0),n=!pe(e)||e!==this._$AH&&e!==S,n&&(this._$AH=e);else{let l=e,a,u;for(e=o[0],a=0;a<o.length-1;a++)u=B(this,l[s+a],t,a),u===S&&(u=this._$AH[a]),n||=!pe(u)||u!==this._$AH[a],u===h?e=h:e!==h&&(e+=(u??"")+o[a+1]),this._$AH[a]=u}n&&!r&&this.j(e)}j(e){e===h?this.element.removeAttribute(this.name):this.element.setAttribute(this.name,e??"")}},_e=class extends j{constructor(){super(...arguments),this.type=3}j(e){this.element[this.name]=e===h?void 0:e}},we=class extends j{constructor(){super(...arguments),this.type=4}j(e){this.element.toggleAttribute(this.name,!!e&&e!==h)}},Me=class extends j{constructor(e,t,s,r,o){super(e,t,s,r,o),this.type=5}_$AI(e,t=this){if((e=B(this,e,t,0)??h)===S)return;let s=this._$AH,r=e===h&&s!==h||e.capture!==s.capture||e.once!==s.once||e.passive!==s.passive,o=e!==h&&(s===h||r);r&&this.element.removeEventListener(this.name,this,s),o&&this.element.addEventListener(this.name,this,e),this._$AH=e}handleEvent(e){typeof this._$AH=="function"?this._$AH.call(this.options?.host??this.element,e):this._$AH.handleEvent(e)}},Ae=class{constructor(e,t,s){this.element=e,this.type=6,this._$AN=void 0,this._$AM=t,this.options=s}get _$AU(){return this._$AM._$AU}_$AI(e){B(this,e)}},Et={M:We,P:O,A:qe,C:1,L:At,R:ke,D:_t,V:B,I:X,H:j,N:we,U:Me,B:_e,F:Ae},Ss=je.litHtmlPolyfillSupport;Ss?.(he,X),(je.litHtmlVersions??=[]).push("3.3.3");var St=(i,e,t)=>{let s=t?.renderBefore??e,r=s._$litPart$;if(r===void 0){let o=t?.renderBefore??null;s._$litPart$=r=new X(e.insertBefore(de(),o),o,void 0,t??{})}return r._$AI(i),r};var Ye=globalThis,x=class extends R{constructor(){super(...arguments),this.renderOptions={host:this},this._$Do=void 0}createRenderRoot(){let e=super.createRenderRoot();return this.renderOptions.renderBefore??=e.firstChild,e}update(e){let t=this.render();this.hasUpdated||(this.renderOptions.isConnected=this.isConnected),super.update(e),this._$Do=St(t,this.renderRoot,this.renderOptions)}connectedCallback(){super.connectedCallback(),this._$Do?.setConnected(!0)}disconnectedCallback(){super.disconnectedCallback(),this._$Do?.setConnected(!1)}render(){return S}};x._$litElement$=!0,x.finalized=!0,Ye.litElementHydrateSupport?.({LitElement:x});var Ts=Ye.litElementPolyfillSupport;Ts?.({LitElement:x});(Ye.litElementVersions??=[]).push("4.2.2");var Cs={attribute:!0,type:String,converter:le,reflect:!1,hasChanged:xe},Ps=(i=Cs,e,t)=>{let{kind:s,metadata:r}=t,o=globalThis.litPropertyMetadata.get(r);if(o===void 0&&globalThis.litPropertyMetadata.set(r,o=new Map),s==="setter"&&((i=Object.create(i)).wrapped=!0),o.set(t.name,i),s==="accessor"){let{name:n}=t;return{set(l){let a=e.get.call(this);e.set.call(this,l),this.requestUpdate(n,a,i,!0,l)},init(l){return l!==void 0&&this.C(n,void 0,i,l),l}}}if(s==="setter"){let{name:n}=t;return function(l){let a=this[n];e.call(this,l),this.requestUpdate(n,a,i,!0,l)}}throw Error("Unsupported decorator location: "+s)};function f(i){return(e,t)=>typeof t=="object"?Ps(i,e,t):((s,r,o)=>{let n=r.hasOwnProperty(o);return r.constructor.createProperty(o,s),n?Object.getOwnPropertyDescriptor(r,o):void 0})(i,e,t)}function W(i){return f({...i,state:!0,attribute:!1})}var q=(i,e,t)=>(t.configurable=!0,t.enumerable=!0,Reflect.decorate&&typeof e!="object"&&Object.defineProperty(i,e,t),t);function N(i,e){return(t,s,r)=>{let o=n=>n.renderRoot?.querySelector(i)??null;if(e){let{get:n,set:l}=typeof s=="object"?t:r??(()=>{let a=Symbol();return{get(){return this[a]},set(u){this[a]=u}}})();return q(t,s,{get(){let a=n.call(this);return a===void 0&&(a=o(this),(a!==null||this.hasUpdated)&&l.call(this,a)),a}})}return q(t,s,{get(){return o(this)}})}}var Rs=new URL("./microphone.worklet.js",import.meta.url),Os=i=>({...i&&{deviceId:{ideal:i}},echoCancellation:{ideal:"all"},noiseSuppression:!0,autoGainControl:!0,channelCount:1}),Ee=class{#e=new AudioContext({latencyHint:"interactive"});#t;#r;#i;#o;#n=!1;constructor(e){this.#t=e,this.#e.resume()}get isOn(){return this.#o?.getTracks().some(e=>e.readyState==="live")??!1}get label(){return this.#o?.getAudioTracks()[0]?.label??""}async open(e,t){if(await Promise.all([this.#e.audioWorklet.addModule(Rs),this.use(t)]),this.#n)return;this.#r=new AudioWorkletNode(this.#e,"playai-microphone",{numberOfOutputs:0}),this.#r.port.onmessage=({data:r})=>this.#t.report(r);let s={type:"port",port:e};this.#r.port.postMessage(s,[e]),this.#i?.connect(this.#r)}async use(e){let t=Os(e),s=await navigator.mediaDevices.getUserMedia({audio:t});if(this.off(),this.#n){for(let r of s.getTracks())r.stop();return}this.#o=s;for(let r of s.getTracks())r.onended=()=>this.#t.lost();this.#i=this.#e.createMediaStreamSource(s),this.#r&&this.#i.connect(this.#r)}mute(e){for(let t of this.#o?.getTracks()??[])t.enabled=!e;this.#s({type:"mute",on:e})}expectEcho(e){this.#s({type:"echo",on:e})}off(){this.#i?.disconnect(),this.#i=void 0;for(let e of this.#o?.getTracks()??[])e.onended=null,e.stop();this.#o=void 0}close(){this.#n=!0,this.off(),this.#e.state!=="closed"&&this.#e.close()}#s(e){this.#r?.port.postMessage(e)}};var Tt=()=>globalThis.isSecureContext?"AudioWorkletNode"in globalThis&&"Worker"in globalThis?void 0:"unsupported":"insecure",Ct=()=>/AppleWebKit/.test(navigator.userAgent)&&!/Chrome|Chromium|Android/.test(navigator.userAgent),Se=()=>"AudioContext"in globalThis&&"setSinkId"in AudioContext.prototype,Ve=i=>{let e=i instanceof DOMException?i.name:"";return e==="NotAllowedError"||e==="SecurityError"?"permission":e==="NotFoundError"||e==="OverconstrainedError"?"no_microphone":e==="NotReadableError"||e==="AbortError"?"microphone_busy":"microphone"};var A={stopping:1001,ended:4e3,reloading:4001,forbidden:4003,gone:4004,flood:4008,replaced:4009,slow:4013,invalid:4400,otherProtocol:4426};var Hs=new URL("./player.worklet.js",import.meta.url),Ns=.25,zs=.03,Te=class{#e=new AudioContext({sampleRate:24e3,latencyHint:"interactive"});#t;#r;#i;#o=1;#n=!1;constructor(e){this.#r=e,this.#t=this.#e.createGain(),this.#e.resume(),Ct()?this.#p():this.#t.connect(this.#e.destination)}get isBlocked(){return this.#e.state==="suspended"}async open(e){if(await this.#e.audioWorklet.addModule(Hs),this.#e.state==="closed")return;this.node=new AudioWorkletNode(this.#e,"playai-player",{numberOfInputs:0,outputChannelCount:[1]}),this.node.port.onmessage=({data:s})=>this.#r(s);let t={type:"port",port:e};this.node.port.postMessage(t,[e]),this.node.connect(this.#t)}resume(){this.#e.resume(),this.#i?.play()}interrupt(){this.#s({type:"interrupt"})}drop(){this.#s({type:"drop"})}set volume(e){this.#o=e,this.#a()}set isDucked(e){this.#n!==e&&(this.#n=e,this.#a())}async useSpeaker(e){let t=this.#e;Se()&&await t.setSinkId?.(e)}close(){this.#i&&(this.#i.srcObject=null),this.#e.state!=="closed"&&this.#e.close()}#s(e){this.node?.port.postMessage(e)}#a(){let e=this.#o*(this.#n?Ns:1);this.#t.gain.setTargetAtTime(e,this.#e.currentTime,zs)}#p(){let e=navigator.audioSession;e&&(e.type="play-and-record");let t=this.#e.createMediaStreamDestination();this.#t.connect(t),this.#i=Object.assign(new Audio,{srcObject:t.stream}),this.#i.setAttribute("playsinline",""),this.#i.play().catch(()=>{})}};var Je={phase:"idle",before:"connecting",reason:""},Ds=new Set(["idle","ended","failed"]),Xe=i=>!Ds.has(i),Pt=(i,e)=>{if(e.type==="start")return{...Je,phase:"connecting"};if(!Xe(i.phase))return i;switch(e.type){case"phase":return i.phase==="reconnecting"?{...i,before:e.value}:{...i,phase:e.value,before:e.value};case"lost":return{...i,phase:"reconnecting"};case"resumed":return i.phase==="reconnecting"?{...i,phase:i.before}:i;case"end":return{...i,phase:"ended",reason:e.reason};case"fail":return{...i,phase:"failed",reason:e.key}}};var Rt=i=>-60+i*48;var Ot={talk:0,sayings:[]},Us=200,Is=65,F=(i,e)=>{let t=[...i.sayings],s=t.findIndex(r=>r.key===e.key);return s>=0?t[s]=e:t.push(e),{...i,sayings:t.slice(-Us)}},Ze=(i,e)=>i.sayings.find(t=>t.key===e),Qe=(i,e,t)=>{let s=Ze(i,`${i.talk}:reply:${e}`);return s?.kind==="agent"?F(i,{...s,...t(s)}):i},et=i=>i.kind==="confirm"&&i.allow===void 0,tt=i=>({talk:i.talk+1,sayings:i.sayings.filter(e=>!et(e)).map(e=>e.kind==="tool"&&e.status==="running"?{...e,status:"failed"}:e.kind==="user"?{...e,isFinal:!0}:e.kind==="agent"&&e.heard===void 0&&!Nt(e)?{...e,heard:it(e)}:e)}),Lt=(i,e)=>{let{talk:t}=i;switch(e.type){case"heard":{let{id:s,text:r,final:o}=e;return F(i,{kind:"user",key:`${t}:turn:${s}`,text:r,isFinal:o})}case"reply":{let s=`${t}:reply:${e.id}`;return F(i,{kind:"agent",key:s,reply:e.id,parts:[],playedMs:0})}case"said":return Qe(i,e.reply,({parts:s})=>({parts:[...s,{atMs:e.at_ms,text:e.text}]}));case"reply_end":return Qe(i,e.reply,()=>({totalMs:e.ms}));case"interrupted":return Qe(i,e.reply,()=>({playedMs:e.ms,heard:e.text}));case"tool":{let{id:s,name:r,arguments:o,status:n,result:l}=e,a=`${t}:tool:${s}`;return F(i,{kind:"tool",key:a,id:s,name:r,arguments:o,status:n,result:l})}case"confirm":{let{id:s,name:r,arguments:o}=e;return F(i,{kind:"confirm",key:`${t}:ask:${s}`,id:s,name:r,arguments:o})}case"confirmed":{let s=Ze(i,`${t}:ask:${e.id}`);return s?F(i,{...s,allow:e.allow}):i}default:return i}},Ht=(i,e,t)=>{let s=Ze(i,`${i.talk}:reply:${e}`);return s?.kind!=="agent"||s.heard!==void 0||t<=s.playedMs?i:F(i,{...s,playedMs:t})},st=i=>i.parts.map(({text:e})=>e).join(""),Nt=({totalMs:i,playedMs:e})=>i!==void 0&&e>=i,it=i=>{let{parts:e,playedMs:t,totalMs:s,heard:r}=i;if(r!==void 0)return r;if(Nt(i))return st(i);let o="";for(let[n,l]of e.entries()){let a=e.slice(n+1).find(({atMs:d})=>d>l.atMs)?.atMs??s,u=l.atMs+l.text.length*Is,g=a??u;if(t>=g)o+=l.text;else{t>l.atMs&&(o+=Ks(l.text,(t-l.atMs)/(g-l.atMs)));break}}return o},Ks=(i,e)=>{let t=i.slice(Math.ceil(i.length*e)).search(/\s/);return t<0?i:i.slice(0,Math.ceil(i.length*e)+t)},zt=i=>{if(i.heard===void 0)return"";let e=st(i).trimStart();return e.startsWith(i.heard)?e.slice(i.heard.length):""},Dt=(i,e,t)=>i.sayings.flatMap(s=>s.kind==="user"?[`${e}: ${s.text}`]:s.kind==="agent"?[`${t}: ${s.heard??st(s).trim()}`]:[]).join(`
`);var It=1;var Bs=new URL("./worker.js",import.meta.url),js=1e3,Ce=class{#e;constructor(e,t){this.#e=new Worker(Bs,{type:"module",name:"playai-talk"}),this.#e.onmessage=({data:s})=>e(s),this.#e.onerror=t}connect(e,t){this.#e.postMessage({type:"ports",microphone:e,player:t},[e,t])}open(e,t){this.#t({type:"open",path:e,base:t})}send(e){this.#t({type:"send",message:e})}close(){this.#e.onmessage=null,this.#t({type:"close"}),setTimeout(()=>this.#e.terminate(),js)}#t(e){this.#e.postMessage(e)}};var Pe=class{#e;#t=!1;constructor(){this.request=this.request.bind(this)}start(){this.#t=!0,document.addEventListener("visibilitychange",this.request),this.request()}stop(){this.#t=!1,document.removeEventListener("visibilitychange",this.request),this.#e?.release(),this.#e=void 0}async request(){if(!(document.visibilityState!=="visible"||!("wakeLock"in navigator)))try{let e=await navigator.wakeLock.request("screen");this.#t?this.#e=e:e.release()}catch{}}};var G=class extends Error{constructor(t){super(t);this.key=t}},Ws=.4,qs=.02,Fs=2e3,Gs=6e4,Ys={[A.forbidden]:"forbidden",[A.otherProtocol]:"old_page",[A.flood]:"internal",[A.invalid]:"internal",[It]:"blocked"},Vs=new Set([A.stopping,A.reloading,A.gone]),Re=class{constructor(e,t){this.#r=new Pe;this.#i=Je;this.#o=Ot;this.#h=0;this.#c=0;this.#f=!1;this.agent="";this.features=[];this.idleSeconds=0;this.isMuted=!1;this.isOff=!1;this.isHeld=!1;this.notice="";this.levels={user:0,agent:0};this.figures={underruns:0,droppedFrames:0,flushes:0,resumes:0,newTalks:0};this.#t=e,this.#e=t}#e;#t;#r;#i;#o;#n;#s;#a;#p;#h;#c;#f;get phase(){return this.#i.phase}get reason(){return this.#i.reason}get isLive(){return Xe(this.phase)}get transcript(){return this.#o}get mode(){return this.#t.settings.mode}get isMicrophoneOn(){return this.#n?.isOn??!1}get hasMicrophone(){return this.#f}get isSoundBlocked(){return this.isLive&&(this.#s?.isBlocked??!1)}get player(){return this.#s}start(e,{microphone:t=!0}={}){if(this.isLive)return;this.#t=e,this.notice="",this.isMuted=this.isOff=this.isHeld=!1,this.#f=t,this.#o.sayings.length&&(this.#o=tt(this.#o)),this.#l({type:"start"});let s=Tt();if(s)return this.#d(s);let r=++this.#c;this.#s=new Te(o=>this.#M(o)),t&&(this.#n=new Ee({report:o=>this.#w(o),lost:()=>this.#A()})),this.#a=new Ce(o=>this.#x(o),()=>this.#d("unsupported")),this.#b(r)}end(){this.isLive&&(this.#u(),this.#l({type:"end",reason:"bye"}))}interrupt(){this.phase==="thinking"?this.#a?.send({type:"interrupt",reply:0,ms:0}):this.phase==="speaking"&&this.#s?.interrupt()}mute(e){this.isMuted=e,this.#n?.mute(e),this.#a?.send({type:"mute",on:e}),this.#e()}async switchOff(e){this.isOff=e,this.mute(e),e?this.#n?.off():await this.useMicrophone(this.#t.settings.microphone),this.#e()}hold(e){this.mode==="open"||this.isHeld===e||!this.isLive||(this.isHeld=e,e&&this.#s?.drop(),this.#a?.send({type:"hold",on:e}),this.#e())}setMode(e){this.hold(!1),this.#t.settings.mode=e,this.#v(),this.#e()}say(e){this.#s?.drop(),this.#a?.send({type:"text",text:e})}confirm(e,t){this.#a?.send({type:"confirm",id:e,allow:t})}again(){this.#s?.drop(),this.#a?.send({type:"again"})}unblock(){this.#s?.resume(),this.#e()}dismissNotice(){this.notice="",this.#e()}set volume(e){this.#t.settings.volume=e,this.#s&&(this.#s.volume=e)}async useMicrophone(e){this.#t.settings.microphone=e;try{await this.#n?.use(e),this.#n?.mute(this.isMuted)}catch(t){this.#m(Ve(t))}this.#e()}async useSpeaker(e){this.#t.settings.speaker=e,await this.#s?.useSpeaker(e).catch(()=>this.#m("speaker"))}async#b(e){let[t,s]=Kt(),[r,o]=Kt();this.#a.connect(s,o);try{await this.#n?.open(t,this.#t.settings.microphone)}catch(n){e===this.#c&&this.#d(Ve(n));return}e===this.#c&&(this.#r.start(),this.#s.volume=this.#t.settings.volume,await this.#s.open(r),e===this.#c&&(this.#t.settings.speaker&&await this.useSpeaker(this.#t.settings.speaker),await this.#g(e)))}async#g(e){try{let{protocol:t,path:s,base:r}=await this.#t.open();if(e!==this.#c)return;t!==1?this.#d("old_page"):this.#a?.open(s,r)}catch(t){if(e!==this.#c)return;let s=t instanceof G?t.key:"home_away",r=s==="home_away"||s==="not_ready"||s==="not_found";this.phase==="reconnecting"&&r?this.#y(s):this.#d(s)}}#y(e){let t=Date.now();if(this.#h||(this.#h=t+Gs),t>this.#h)return this.#d(e);this.#l({type:"lost"});let s=this.#c;clearTimeout(this.#p),this.#p=setTimeout(()=>{this.#g(s)},Fs)}#x(e){switch(e.type){case"ready":return this.#$(e.ready,e.isResumed);case"message":return this.#k(e.message);case"lost":return this.#l({type:"lost"});case"closed":return this.#_(e.code)}}#$(e,t){this.agent=e.agent.name,this.features=e.agent.features,this.idleSeconds=e.limits.idle_s,t?this.figures.resumes++:(this.phase==="reconnecting"&&(this.figures.newTalks++,this.#o=tt(this.#o),this.isHeld=!1),this.#v(),this.isMuted&&this.#a?.send({type:"mute",on:!0})),this.#l({type:"resumed"})}#k(e){switch(e.type){case"phase":return e.value!=="connecting"&&(this.#h=0),this.#n?.expectEcho(e.value==="speaking"),e.value!=="speaking"&&this.#s&&(this.#s.isDucked=!1),this.#l({type:"phase",value:e.value});case"flush":this.figures.flushes++;return;case"metric":this.figures.responseMs=e.response_ms,this.figures.agentMs=e.agent_ms;break;case"error":this.notice=e.key;break;case"end":return this.#u(),this.#l(e.reason==="error"?{type:"fail",key:e.key??"internal"}:{type:"end",reason:e.reason});default:this.#o=Lt(this.#o,e)}this.#e()}#_(e){if(!this.isLive)return;let t=Ys[e];if(t)return this.#d(t);if(e===A.replaced||e===A.ended)return this.#u(),this.#l({type:"end",reason:e===A.replaced?"replaced":"agent"});if(e>=4e3&&!Vs.has(e))return this.#d("internal");this.#y("home_away")}#w({level:e,isSpeech:t}){if(this.levels.user=e,this.#s){let s=this.mode==="open"&&!this.isMuted;this.#s.isDucked=s&&t&&this.phase==="speaking"}if(this.levels.agent>Ws&&!t&&!this.isMuted){let s=Rt(e),r=this.figures.echoDb??s;this.figures.echoDb=r+(s-r)*qs}}#M({reply:e,ms:t,level:s,underruns:r,dropped:o}){this.levels.agent=s,this.figures.underruns=r,this.figures.droppedFrames=o;let n=Ht(this.#o,e,t);n!==this.#o&&(this.#o=n,this.#e())}#A(){this.#m("microphone_lost"),this.useMicrophone("")}#v(){this.#a?.send({type:"mode",value:this.mode==="open"?"open":"hold"})}#m(e){this.notice=e,this.#e()}#d(e){this.#u(),this.#l({type:"fail",key:e})}#u(){this.#c++,clearTimeout(this.#p),this.#h=0,this.#r.stop(),this.#a?.close(),this.#n?.close(),this.#s?.close(),this.#a=this.#n=this.#s=void 0,this.levels.user=this.levels.agent=0,this.isHeld=!1}#l(e){this.#i=Pt(this.#i,e),this.#e()}},Kt=()=>{let{port1:i,port2:e}=new MessageChannel;return[i,e]};var rt=class{#e;#t="";#r=new Set;get current(){return this.#e}get agent(){return this.#t}with(e){return this.#t===e?this.#e:void 0}start(e,t,s){return this.#e?.end(),(this.#t!==e||!this.#e)&&(this.#t=e,this.#e=new Re(t,()=>this.#i())),this.#e.start(t,s),this.#e}subscribe(e){return this.#r.add(e),()=>this.#r.delete(e)}#i(){for(let e of this.#r)e()}},_=new rt;addEventListener("pagehide",i=>{i.persisted||_.current?.end()});var Bt,jt=i=>{Bt=i},Q=()=>Bt;var Js="playai",Xs=(i,e)=>e.startsWith("conversation.")&&i.entities[e]?.platform===Js,Wt=i=>Object.keys(i.entities).filter(e=>Xs(i,e)),qt=(i,e)=>{let t=i.states[e]?.attributes.friendly_name;return typeof t=="string"?t:e};var P=class{#e;#t;constructor(e){this.#e=e,e.addController(this)}hostConnected(){this.#t=_.subscribe(()=>this.#e.requestUpdate())}hostDisconnected(){this.#t?.()}};var Ft={invalid_key:"error_key",key_not_allowed:"error_key",unknown_agent:"error_not_found",too_many_connections:"error_busy",cannot_connect:"error_agent_away",connection_lost:"error_agent_away",not_this_server:"error_agent_away",not_encrypted:"error_agent_away",tls:"error_agent_away",agent_hung_up:"ended_agent"},ot=(i,e)=>{let t=Object.hasOwn(Ft,i)?Ft[i]:void 0;if(t)return t;let s=`error_${i}`;return s in e?s:"error_agent_failed"};var Oe={ATTRIBUTE:1,CHILD:2,PROPERTY:3,BOOLEAN_ATTRIBUTE:4,EVENT:5,ELEMENT:6},Le=i=>(...e)=>({_$litDirective$:i,values:e}),Z=class{constructor(e){}get _$AU(){return this._$AM._$AU}_$AT(e,t,s){this._$Ct=e,this._$AM=t,this._$Ci=s}_$AS(e,t){return this.update(e,t)}update(e,t){return this.render(...t)}};var Gt=Le(class extends Z{constructor(i){if(super(i),i.type!==Oe.ATTRIBUTE||i.name!=="class"||i.strings?.length>2)throw Error("`classMap()` can only be used in the `class` attribute and must be the only part in the attribute.")}render(i){return" "+Object.keys(i).filter(e=>i[e]).join(" ")+" "}update(i,[e]){if(this.st===void 0){this.st=new Set,i.strings!==void 0&&(this.nt=new Set(i.strings.join(" ").split(/\s/).filter(s=>s!=="")));for(let s in e)e[s]&&!this.nt?.has(s)&&this.st.add(s);return this.render(e)}let t=i.element.classList;for(let s of this.st)s in e||(t.remove(s),this.st.delete(s));for(let s in e){let r=!!e[s];r===this.st.has(s)||this.nt?.has(s)||(r?(t.add(s),this.st.add(s)):(t.remove(s),this.st.delete(s)))}return S}});var{I:Qs}=Et,Yt=i=>i;var Vt=()=>document.createComment(""),ee=(i,e,t)=>{let s=i._$AA.parentNode,r=e===void 0?i._$AB:e._$AA;if(t===void 0){let o=s.insertBefore(Vt(),r),n=s.insertBefore(Vt(),r);t=new Qs(o,n,i,i.options)}else{let o=t._$AB.nextSibling,n=t._$AM,l=n!==i;if(l){let a;t._$AQ?.(i),t._$AM=i,t._$AP!==void 0&&(a=i._$AU)!==n._$AU&&t._$AP(a)}if(o!==r||l){let a=t._$AA;for(;a!==o;){let u=Yt(a).nextSibling;Yt(s).insertBefore(a,r),a=u}}}return t},z=(i,e,t=i)=>(i._$AI(e,t),i),Zs={},Jt=(i,e=Zs)=>i._$AH=e,Xt=i=>i._$AH,He=i=>{i._$AR(),i._$AA.remove()};var Qt=(i,e,t)=>{let s=new Map;for(let r=e;r<=t;r++)s.set(i[r],r);return s},Zt=Le(class extends Z{constructor(i){if(super(i),i.type!==Oe.CHILD)throw Error("repeat() can only be used in text expressions")}dt(i,e,t){let s;t===void 0?t=e:e!==void 0&&(s=e);let r=[],o=[],n=0;for(let l of i)r[n]=s?s(l,n):n,o[n]=t(l,n),n++;return{values:o,keys:r}}render(i,e,t){return this.dt(i,e,t).values}update(i,[e,t,s]){let r=Xt(i),{values:o,keys:n}=this.dt(e,t,s);if(!Array.isArray(r))return this.ut=n,o;let l=this.ut??=[],a=[],u,g,d=0,y=r.length-1,m=0,v=o.length-1;for(;d<=y&&m<=v;)if(r[d]===null)d++;else if(r[y]===null)y--;else if(l[d]===n[m])a[m]=z(r[d],o[m]),d++,m++;else if(l[y]===n[v])a[v]=z(r[y],o[v]),y--,v--;else if(l[d]===n[v])a[v]=z(r[d],o[v]),ee(i,a[v+1],r[d]),d++,v--;else if(l[y]===n[m])a[m]=z(r[y],o[m]),ee(i,r[d],r[y]),y--,m++;else if(u===void 0&&(u=Qt(n,m,v),g=Qt(l,d,y)),u.has(l[d]))if(u.has(l[y])){let E=g.get(n[m]),J=E!==void 0?r[E]:null;if(J===null){let dt=ee(i,r[d]);z(dt,o[m]),a[m]=dt}else a[m]=z(J,o[m]),ee(i,r[d],J),r[E]=null;m++}else He(r[y]),y--;else He(r[d]),d++;for(;m<=v;){let E=ee(i,a[v+1]);z(E,o[m]),a[m++]=E}for(;d<=y;){let E=r[d++];E!==null&&He(E)}return this.ut=n,Jt(i,a),S}});var es={HassTurnOn:"tool_on",HassTurnOff:"tool_off",HassLightSet:"tool_set",HassSetPosition:"tool_set",HassClimateSetTemperature:"tool_set",HassSetVolume:"tool_set",HassGetState:"tool_get",GetLiveContext:"tool_get"},ts=(i,e)=>{let t=i.split("__").at(-1)??i,s=Object.hasOwn(es,t)?es[t]:void 0;if(s)return e(s);let r=t.replace(/^Hass/,"").replace(/([a-z])([A-Z])/g,"$1 $2").replaceAll("_"," ");return r.charAt(0).toUpperCase()+r.slice(1).toLowerCase()},ss=i=>{for(let e of["name","area","floor","item","domain"]){let t=i[e],s=Array.isArray(t)?t.join(", "):t;if(typeof s=="string"&&s)return s}return""};var k=i=>e=>{customElements.get(i)||customElements.define(i,e)};var ei={microphone:M`<rect x="9" y="3" width="6" height="11" rx="3"/><path d="M5 11a7 7 0 0 0 14 0M12 18v3"/>`,muted:M`<path d="M9 9v2a3 3 0 0 0 5 2.2M15 10V6a3 3 0 0 0-5.8-1M5 11a7 7 0 0 0 11 5.7M19 11a7 7 0 0 1-.6 2.8M12 18v3M4 3l16 17"/>`,end:M`<path d="M3 14c5-5 13-5 18 0l-2 3-4-1.5v-2.5c-2-.6-4-.6-6 0v2.5L5 17z"/>`,keyboard:M`<rect x="2.5" y="6" width="19" height="12" rx="2"/><path d="M6 10h.01M10 10h.01M14 10h.01M18 10h.01M8 14h8"/>`,settings:M`<path d="M4 7h9M19 7h1M4 12h2M12 12h8M4 17h9M19 17h1"/><circle cx="16" cy="7" r="2.5"/><circle cx="9" cy="12" r="2.5"/><circle cx="16" cy="17" r="2.5"/>`,expand:M`<path d="M14 4h6v6M20 4l-7 7M10 20H4v-6M4 20l7-7"/>`,close:M`<path d="M6 6l12 12M18 6L6 18"/>`,send:M`<path d="M12 20V4M5 11l7-7 7 7"/>`,stop:M`<rect x="7" y="7" width="10" height="10" rx="2"/>`,done:M`<path d="M5 12l5 5 9-10"/>`,warning:M`<path d="M12 4l9 16H3zM12 10v4M12 17h.01"/>`},$=i=>c`<svg
    viewBox="0 0 24 24"
    width="22"
    height="22"
    fill="none"
    stroke="currentColor"
    stroke-width="2"
    stroke-linecap="round"
    stroke-linejoin="round"
    aria-hidden="true"
  >
    ${ei[i]}
  </svg>`;var T=b`
  button {
    font: inherit;
    color: inherit;
    border: none;
    background: none;
    cursor: pointer;
    -webkit-tap-highlight-color: transparent;
  }
  button:focus-visible,
  select:focus-visible,
  input:focus-visible,
  .captions:focus-visible {
    outline: 2px solid var(--primary-color, #03a9f4);
    outline-offset: 2px;
  }
  button:disabled {
    cursor: default;
    opacity: 0.5;
  }
  .icon {
    display: grid;
    place-items: center;
    inline-size: 40px;
    block-size: 40px;
    border-radius: 50%;
    flex: none;
  }
  .icon:hover {
    background: color-mix(in srgb, currentColor 10%, transparent);
  }
  .text {
    padding: 8px 16px;
    border-radius: 18px;
    min-block-size: 36px;
    color: var(--primary-text-color, #212121);
    background: color-mix(in srgb, var(--primary-text-color, #212121) 10%, transparent);
  }
  .main,
  .main.icon:hover {
    color: var(--text-primary-color, #fff);
    background: var(--playai-button-color, #0b6fa4);
  }
  .danger {
    color: #fff;
    background: #c62828;
  }
  .danger.icon:hover {
    background: #b71c1c;
  }
  .on {
    color: #fff;
    background: #8a4b00;
  }
  .hidden {
    position: absolute;
    inline-size: 1px;
    block-size: 1px;
    overflow: hidden;
    clip-path: inset(50%);
    white-space: nowrap;
  }
  @media (forced-colors: active) {
    button {
      border: 1px solid ButtonText;
    }
  }
`;var ti=40,L=class extends x{constructor(){super(...arguments);this.sayings=[];this.text=()=>"";this.confirm=()=>{};this.follows=!0;this.scrolled=()=>{let{scrollTop:t,scrollHeight:s,clientHeight:r}=this.list;this.follows=s-t-r<ti}}render(){let{sayings:t,text:s}=this;return c`
      <div
        class="captions"
        role="log"
        aria-live="off"
        aria-label=${s("captions")}
        tabindex="0"
        @scroll=${this.scrolled}
      >
        ${Zt(t,({key:r})=>r,r=>this.saying(r))}
      </div>
      <div class="hidden" aria-live="polite">${this.lastSentence()}</div>
    `}updated(){this.follows&&(this.list.scrollTop=this.list.scrollHeight)}saying(t){switch(t.kind){case"user":return c`<p class=${Gt({user:!0,partial:!t.isFinal})} dir="auto">${t.text}</p>`;case"agent":return this.agentSaying(t);case"tool":return this.tool(t);case"confirm":return this.question(t)}}agentSaying(t){let s=it(t).trimStart(),r=zt(t);return!s&&!r?h:c`<p class="agent" dir="auto">${s}${r?c`<s>${r}</s>`:h}</p>`}tool({name:t,arguments:s,status:r,result:o}){let n=r==="running"?c`<span class="spinner"></span>`:$(r==="done"?"done":"warning");return c`<p class="tool ${r}" title=${o??""}>
      ${n}<span>${this.action(t,s)}</span>
      <span class="hidden">${this.text(r)}</span>
    </p>`}question({id:t,name:s,arguments:r,allow:o}){return o!==void 0?c`<p class="tool ${o?"done":"failed"}">
        ${$(o?"done":"close")}
        <span>${this.action(s,r)}: ${this.text(o?"allowed":"denied")}</span>
      </p>`:c`<div class="ask" role="alertdialog" aria-label=${this.text("ask")}>
      <p>${this.text("ask")} <b>${this.action(s,r)}</b></p>
      <div class="choices">
        <button class="text main" @click=${()=>this.confirm(t,!0)}>${this.text("allow")}</button>
        <button class="text" @click=${()=>this.confirm(t,!1)}>${this.text("deny")}</button>
      </div>
    </div>`}action(t,s){let r=ss(s);return ts(t,this.text)+(r&&` · ${r}`)}lastSentence(){let t=this.sayings.findLast(s=>s.kind==="user"&&s.isFinal||s.kind==="agent"&&s.totalMs!==void 0);return t?.kind==="user"?`${this.text("you")}: ${t.text}`:t?.kind==="agent"?t.parts.map(({text:s})=>s).join(""):""}};L.styles=[T,b`
      :host {
        display: block;
        min-block-size: 0;
        position: relative;
      }
      .captions {
        box-sizing: border-box;
        block-size: 100%;
        overflow-y: auto;
        overscroll-behavior: contain;
        display: flex;
        flex-direction: column;
        gap: 6px;
        padding: 4px 16px;
      }
      .captions > :first-child {
        margin-block-start: auto;
      }
      p {
        margin: 0;
        padding: 6px 12px;
        border-radius: 14px;
        max-inline-size: 85%;
        box-sizing: border-box;
        overflow-wrap: anywhere;
        white-space: pre-wrap;
        line-height: 1.4;
        color: var(--primary-text-color, #212121);
      }
      .user {
        align-self: flex-end;
        border-end-end-radius: 4px;
        background: color-mix(in srgb, var(--primary-color, #03a9f4) 18%, transparent);
      }
      .agent {
        align-self: flex-start;
        border-end-start-radius: 4px;
        background: color-mix(in srgb, var(--primary-text-color, #212121) 8%, transparent);
      }
      .partial {
        font-style: italic;
      }
      s {
        color: var(--secondary-text-color, #727272);
        animation: fade 6s forwards;
      }
      @keyframes fade {
        to {
          opacity: 0.7;
        }
      }
      .tool {
        align-self: flex-start;
        display: flex;
        align-items: center;
        gap: 6px;
        padding: 2px 10px;
        border: 1px solid color-mix(in srgb, var(--primary-text-color, #212121) 25%, transparent);
        font-size: 0.9em;
      }
      .tool svg {
        inline-size: 16px;
        block-size: 16px;
        flex: none;
      }
      .done svg {
        color: var(--success-color, #2e7d32);
      }
      .failed svg {
        color: var(--error-color, #c62828);
      }
      .spinner {
        inline-size: 12px;
        block-size: 12px;
        border: 2px solid currentColor;
        border-inline-end-color: transparent;
        border-radius: 50%;
        animation: spin 1s linear infinite;
      }
      @keyframes spin {
        to {
          rotate: 1turn;
        }
      }
      .ask {
        align-self: stretch;
        max-inline-size: none;
        border: 2px solid var(--warning-color, #b26a00);
      }
      .choices {
        display: flex;
        gap: 8px;
        margin-block-start: 8px;
      }
      @media (prefers-reduced-motion: reduce) {
        s,
        .spinner {
          animation: none;
        }
      }
    `],p([f({attribute:!1})],L.prototype,"sayings",2),p([f({attribute:!1})],L.prototype,"text",2),p([f({attribute:!1})],L.prototype,"confirm",2),p([N(".captions")],L.prototype,"list",2),L=p([k("playai-captions")],L);var is=({phase:i,user:e,agent:t,isMuted:s})=>{let r={radius:.62,wobble:0,speed:0,isWaiting:!1};switch(i){case"idle":case"ended":return{...r,color:"user"};case"failed":return{...r,color:"problem"};case"connecting":case"reconnecting":return{...r,color:"idle",isWaiting:!0,speed:1};case"thinking":return{color:"agent",radius:.62,wobble:.05,speed:1.2,isWaiting:!0};case"speaking":{let o=Math.max(t,e);return{color:"agent",radius:.62+.2*o,wobble:.05+.12*o,speed:1+o,isWaiting:!1}}case"listening":case"hearing":{if(s)return{...r,color:"idle"};let o=.62+.2*e,n=.03+.1*e;return{color:"user",radius:o,wobble:n,speed:.5+e,isWaiting:!1}}}};var si=[{alpha:.22,grow:1.16,pace:.7,waves:3},{alpha:.34,grow:1.07,pace:-.9,waves:4},{alpha:1,grow:1,pace:1,waves:3}],rs=72,ii=.22,ri=1/1e3,H=class extends x{constructor(){super(...arguments);this.phase="idle";this.muted=!1;this.levels={user:0,agent:0};this.frame=0;this.stillness=matchMedia("(prefers-reduced-motion: reduce)");this.sizes=new ResizeObserver(()=>this.draw());this.draw=()=>{cancelAnimationFrame(this.frame),this.frame=0;let t=this.canvas?.getContext("2d");if(!t||!this.isConnected)return;let s=is({phase:this.phase,isMuted:this.muted,...this.levels}),r=this.stillness.matches,o=r?{...s,wobble:0}:this.approach(s);this.paint(t,o,r?0:performance.now()*ri),s.speed>0&&!r&&(this.frame=requestAnimationFrame(this.draw))}}connectedCallback(){super.connectedCallback(),this.sizes.observe(this),this.draw()}disconnectedCallback(){super.disconnectedCallback(),this.sizes.disconnect(),cancelAnimationFrame(this.frame),this.frame=0}render(){return c`<canvas></canvas>`}updated(t){this.colors=void 0,this.draw()}approach(t){let s=this.shown??t,r=(o,n)=>o+(n-o)*ii;return this.shown=t.speed===0?t:{...t,radius:r(s.radius,t.radius),wobble:r(s.wobble,t.wobble)},this.shown}paint(t,s,r){let o=devicePixelRatio,n=Math.round(this.clientWidth*o);this.canvas.width!==n&&(this.canvas.width=this.canvas.height=n),t.clearRect(0,0,n,n);let l=n/2;t.fillStyle=t.strokeStyle=this.color(s.color);for(let{alpha:a,grow:u,pace:g,waves:d}of si){t.globalAlpha=a;let y=Math.min(.98,s.radius*u)*l;t.beginPath();for(let m=0;m<=rs;m++){let v=2*Math.PI*m/rs,E=Math.sin(d*v+r*g*2.1)+Math.sin((d-1)*v-r*g*1.3),J=Math.min(l,y*(1+s.wobble*E/2));t.lineTo(l+J*Math.cos(v),l+J*Math.sin(v))}t.fill()}if(t.globalAlpha=1,s.isWaiting){t.lineWidth=3*o,t.lineCap="round",t.beginPath();let a=r*2.5;t.arc(l,l,l*.9,a,a+Math.PI/2),t.stroke()}}color(t){if(!this.colors){let s=getComputedStyle(this),r=o=>s.getPropertyValue(`--orb-${o}`).trim();this.colors={user:r("user"),agent:r("agent"),problem:r("problem"),idle:r("idle")}}return this.colors[t]}};H.styles=b`
    :host {
      display: block;
      --orb-user: var(--primary-color, #03a9f4);
      --orb-agent: var(--playai-agent-color, var(--accent-color, #ff9800));
      --orb-problem: var(--error-color, #db4437);
      --orb-idle: var(--disabled-text-color, #9e9e9e);
    }
    canvas {
      display: block;
      inline-size: 100%;
      block-size: 100%;
    }
  `,p([f()],H.prototype,"phase",2),p([f({type:Boolean})],H.prototype,"muted",2),p([f({attribute:!1})],H.prototype,"levels",2),p([N("canvas")],H.prototype,"canvas",2),H=p([k("playai-orb")],H);var Ne=new Set,nt=new Set,os=new IntersectionObserver(i=>{for(let{target:e,isIntersecting:t}of i)t?Ne.add(e):Ne.delete(e);for(let e of nt)e()}),ns=i=>os.observe(i),as=i=>{os.unobserve(i),Ne.delete(i);for(let e of nt)e()},ls=()=>Ne.size>0,cs=i=>{nt.add(i)};var ds="playai-talk",oi={microphone:"",speaker:"",volume:1},ue=()=>{try{let i=JSON.parse(localStorage.getItem(ds)??"{}");return{microphone:String(i.microphone??""),speaker:String(i.speaker??""),volume:Math.min(1,Math.max(0,Number(i.volume??1)))||0}}catch{return oi}},ze=i=>{try{localStorage.setItem(ds,JSON.stringify({...ue(),...i}))}catch{}};var ni=["open","hold","toggle"],te=i=>i.target.value,C=class extends x{constructor(){super();this.text=()=>"";this.mode="open";this.agentName="";this.devices=[];this.list=()=>{this.listDevices()};this.chooseMicrophone=t=>{ze({microphone:te(t)}),this.call?.isLive&&this.call.useMicrophone(te(t))};this.chooseSpeaker=t=>{ze({speaker:te(t)}),this.call?.isLive&&this.call.useSpeaker(te(t))};this.changeVolume=t=>{let s=Number(te(t));ze({volume:s}),this.call&&(this.call.volume=s)};this.changeMode=t=>{let s=te(t);this.dispatchEvent(new CustomEvent("mode-changed",{detail:s}))};this.copyText=()=>{let t=Dt(this.call.transcript,this.text("you"),this.agentName);this.copy(t,"copy")};this.copyFigures=()=>{let{figures:t,phase:s,reason:r,features:o,mode:n}=this.call,l={...t,phase:s,reason:r,features:o,mode:n,browser:navigator.userAgent};this.copy(JSON.stringify(l,null,2),"copy_figures")};new P(this)}connectedCallback(){super.connectedCallback(),navigator.mediaDevices?.addEventListener("devicechange",this.list),this.list()}disconnectedCallback(){super.disconnectedCallback(),navigator.mediaDevices?.removeEventListener("devicechange",this.list)}render(){let{call:t,text:s}=this,r=ue();return c`
      ${this.select("audioinput","microphone",r.microphone,this.chooseMicrophone)}
      ${Se()?this.select("audiooutput","speaker",r.speaker,this.chooseSpeaker):h}
      <label>
        ${s("volume")}
        <input type="range" min="0" max="1" step="0.05" .value=${String(r.volume)} @input=${this.changeVolume} />
      </label>
      <label>
        ${s("mode")}
        <select @change=${this.changeMode}>
          ${ni.map(o=>c`<option value=${o} ?selected=${o===this.mode}>${s(`mode_${o}`)}</option>`)}
        </select>
      </label>
      <div class="actions">
        ${t?.isLive?c`<button class="text" @click=${()=>t.again()}>${s("again")}</button>`:h}
        ${t?.isLive&&t.hasMicrophone?c`<button class="text" aria-pressed=${t.isOff} @click=${()=>t.switchOff(!t.isOff)}>
                ${s("microphone_off")}
              </button>`:h}
        ${t?.transcript.sayings.length?c`<button class="text" @click=${this.copyText}>${s(this.copied==="copy"?"copied":"copy")}</button>`:h}
      </div>
      ${t?this.figures(t):h}
    `}select(t,s,r,o){let n=this.devices.filter(l=>l.kind===t&&l.deviceId&&l.deviceId!=="default");return c`<label>
      ${this.text(s)}
      <select @change=${o}>
        <option value="" ?selected=${!r}>${this.text("device_default")}</option>
        ${n.map(({deviceId:l,label:a})=>c`<option value=${l} ?selected=${l===r}>${a||l.slice(0,8)}</option>`)}
      </select>
    </label>`}figures(t){let{responseMs:s,agentMs:r,underruns:o,resumes:n,echoDb:l}=t.figures,a=[["figure_response",s===void 0?void 0:`${Math.round(s)} ms`],["figure_agent",r===void 0?void 0:`${Math.round(r)} ms`],["figure_underruns",`${o}`],["figure_resumes",`${n}`],["figure_echo",l===void 0?void 0:`${Math.round(l)} dB`]];return c`<details>
      <summary>${this.text("figures")}</summary>
      <dl>
        ${a.map(([u,g])=>g===void 0?h:c`<dt>${this.text(u)}</dt><dd>${g}</dd>`)}
      </dl>
      <button class="text" @click=${this.copyFigures}>
        ${this.text(this.copied==="copy_figures"?"copied":"copy_figures")}
      </button>
    </details>`}async listDevices(){this.devices=await navigator.mediaDevices?.enumerateDevices()??[]}async copy(t,s){await navigator.clipboard.writeText(t),this.copied=s}};C.styles=[T,b`
      :host {
        display: grid;
        align-content: start;
        gap: 12px;
        padding: 12px 16px 16px;
        overflow-y: auto;
        color: var(--primary-text-color, #212121);
        background: var(--ha-card-background, var(--card-background-color, #fff));
      }
      label {
        display: grid;
        gap: 4px;
        font-size: 0.9em;
      }
      select,
      input {
        font: inherit;
        min-block-size: 36px;
        inline-size: 100%;
        box-sizing: border-box;
        color: inherit;
        background: var(--secondary-background-color, #eee);
        border: 1px solid var(--divider-color, #ccc);
        border-radius: 8px;
        accent-color: var(--primary-color, #03a9f4);
      }
      select {
        padding-inline: 8px;
      }
      .actions {
        display: flex;
        flex-wrap: wrap;
        gap: 8px;
      }
      dl {
        display: grid;
        grid-template-columns: 1fr auto;
        gap: 4px 16px;
        margin: 8px 0;
      }
      dd {
        margin: 0;
        text-align: end;
        font-variant-numeric: tabular-nums;
      }
    `],p([f({attribute:!1})],C.prototype,"call",2),p([f({attribute:!1})],C.prototype,"text",2),p([f()],C.prototype,"mode",2),p([f()],C.prototype,"agentName",2),p([W()],C.prototype,"devices",2),p([W()],C.prototype,"copied",2),C=p([k("playai-settings")],C);var se=(i,e)=>{if(!i||!i.isLive)return"tap_to_talk";let{phase:t}=i;if(t==="listening"||t==="hearing"){if(!i.hasMicrophone)return"status_typing";if(i.isMuted)return"status_muted";if(e!=="open"&&!i.isHeld)return e==="hold"?"hint_hold":"hint_toggle"}return`status_${t}`},ps=(i,e)=>i?.isLive?i.isHeld?e==="hold"?"hint_release":"hint_done":(i.phase==="speaking"||i.phase==="thinking")&&e==="open"?"hint_interrupt":void 0:void 0,hs=(i,e)=>i?.isLive?e==="open"?"interrupt":e==="hold"?"hint_hold":"hint_toggle":"talk";var ai=new Set(["unauthorized","not_found","not_ready","too_many_talks"]),li=i=>{let e=i?.code;return typeof e!="string"?"home_away":e==="unknown_command"?"not_ready":ai.has(e)?e:"internal"},ci=(i,e)=>{let t=r=>r.split("-")[0].toLowerCase();return e.some(r=>r==="*"||t(r)===t(i))?i:e[0]??i},di=async(i,e)=>{let{agents:t}=await i.callWS({type:"playai/talk/agents"}),s=t.find(({entity_id:r})=>r===e);return ci(i.locale.language,s?.languages??[])},us=async(i,{agent:e,areaId:t})=>{try{let{protocol:s,path:r}=await i.callWS({type:"playai/talk/open",agent:e,language:await di(i,e),...t&&{area_id:t}});return{protocol:s,path:r,base:new URL(i.hassUrl(),location.href).href}}catch(s){throw new G(li(s))}};var De=(i,e)=>_.start(i.agent,{open:()=>{let t=Q();if(!t||!i.agent)throw new G(t?"no_agent":"home_away");return us(t,i)},settings:{...ue(),mode:i.mode}},e);var ms=["cs","da","de","en","es","fr","it","nl","pl","pt-BR","pt","sv"],at=new Map,pi=i=>{let e=i.toLowerCase();return ms.find(s=>s.toLowerCase()===e)??ms.find(s=>s===e.split("-")[0])??"en"},fs=i=>{let e=pi(i),t=at.get(e);return t||(t=import(new URL(`./language-${e}.js`,import.meta.url).href).then(r=>r.default),at.set(e,t),t.catch(()=>at.delete(e))),t};var D=class{constructor(e,t){this.#r="";this.#i={};this.get=e=>this.#i[e]??"";this.#e=e,this.#t=t,e.addController(this)}#e;#t;#r;#i;get all(){return this.#i}hostUpdate(){let e=this.#t();e!==this.#r&&(this.#r=e,fs(e).then(t=>{this.#i=t,this.#e.requestUpdate()},()=>{this.#r=""}))}};var hi=new Set(["permission","no_microphone","microphone_busy","microphone"]),w=class extends x{constructor(){super();this.target={agent:"",name:"",mode:"open"};this.captions=!0;this.typing=!0;this.preview=!1;this.corner="expand";this.hasSettings=!1;this.isTyping=!1;this.texts=new D(this,()=>Q()?.locale.language??"en");this.tapped=()=>{let{call:t}=this;t?.isLive?this.mode==="open"?t.interrupt():this.mode==="toggle"&&t.hold(!t.isHeld):this.start(!0)};this.pointed=t=>{this.mode!=="hold"||!this.call?.isLive||t.button!==0||(t.currentTarget.setPointerCapture(t.pointerId),this.call.hold(!0))};this.keyHeld=t=>{let s=t.key===" "||t.key==="Enter";this.mode==="hold"&&this.call?.isLive&&s&&!t.repeat&&this.call.hold(!0)};this.released=()=>{this.mode==="hold"&&this.call?.hold(!1)};this.pressed=t=>{if(t.key==="Escape"){if(this.hasSettings)this.hasSettings=!1;else if(this.call?.isLive&&this.canInterrupt)this.call.interrupt();else return;t.preventDefault(),t.stopPropagation()}};this.toggleMute=()=>{let t=this.call;t.isOff?t.switchOff(!1):t.mute(!t.isMuted)};this.toggleTyping=async()=>{this.isTyping=!this.isTyping,await this.updateComplete,this.box?.focus()};this.typed=t=>{t.key==="Enter"&&!t.shiftKey&&!t.isComposing&&this.send(t),t.key!=="Escape"&&t.stopPropagation()};this.send=t=>{t.preventDefault();let s=this.box?.value.trim();s&&(this.call?.say(s),this.box.value="")};this.modeChanged=({detail:t})=>{this.chosenMode=t,this.call?.isLive&&this.call.setMode(t)};this.turnCorner=()=>{this.dispatchEvent(new CustomEvent(this.corner,{bubbles:!0,composed:!0}))};new P(this)}connectedCallback(){super.connectedCallback(),ns(this)}disconnectedCallback(){super.disconnectedCallback(),as(this),this.call?.hold(!1)}get call(){return _.with(this.target.agent)}get mode(){return this.chosenMode??this.target.mode}render(){let{call:t}=this,s=this.texts.get,r=t?.transcript.sayings??[],o=this.captions?r:r.filter(et),n=o.length>0,l=ps(t,this.mode);return c`
      <section class=${n?"talks":""} style="display:contents" @keydown=${this.pressed}>
        <header>
          <h2>${this.target.name||t?.agent}</h2>
          <button
            class="icon"
            aria-label=${s("settings")}
            title=${s("settings")}
            aria-expanded=${this.hasSettings}
            @click=${()=>this.hasSettings=!this.hasSettings}
          >
            ${$(this.hasSettings?"close":"settings")}
          </button>
          ${this.corner?c`<button class="icon" aria-label=${s(this.corner)} title=${s(this.corner)} @click=${this.turnCorner}>
                  ${$(this.corner)}
                </button>`:h}
        </header>
        <div class="stage">
          ${this.orb()}
          <div class="words">
            <p class="status">${s(se(t,this.mode))}</p>
            <p class="hint">${l?s(l):h}</p>
          </div>
        </div>
        ${n?c`<playai-captions
                .sayings=${o}
                .text=${s}
                .confirm=${(a,u)=>t?.confirm(a,u)}
              ></playai-captions>`:h}
        ${this.notice()} ${t?.isLive&&this.isTyping?this.composer():h} ${this.controls()}
        ${this.hasSettings?c`<playai-settings
                .call=${t}
                .text=${s}
                .mode=${this.mode}
                .agentName=${this.target.name}
                @mode-changed=${this.modeChanged}
              ></playai-settings>`:h}
      </section>
    `}willUpdate(t){t.has("target")&&t.get("target")?.agent!==this.target.agent&&(this.chosenMode=void 0)}orb(){let{call:t}=this,s=t?.isLive?t.isMuted?"muted":this.canInterrupt?"stop":void 0:"microphone";return c`<button
      class="orb"
      aria-label=${this.texts.get(hs(t,this.mode))}
      aria-pressed=${this.mode!=="open"&&t?.isLive?t.isHeld:h}
      ?disabled=${this.preview}
      @click=${this.tapped}
      @pointerdown=${this.pointed}
      @pointerup=${this.released}
      @pointercancel=${this.released}
      @keydown=${this.keyHeld}
      @keyup=${this.released}
      @contextmenu=${r=>r.preventDefault()}
    >
      <playai-orb .phase=${t?.phase??"idle"} .muted=${t?.isMuted??!1} .levels=${t?.levels}></playai-orb>
      <span class="glyph">${s?$(s):h}</span>
    </button>`}notice(){let{call:t}=this,s=this.texts.get;if(t?.phase==="failed"){let r=hi.has(t.reason);return c`<div class="notice error" role="alert">
        <span>${s(ot(t.reason,this.texts.all))}</span>
        ${t.reason==="old_page"?c`<button class="text main" @click=${()=>location.reload()}>${s("reload")}</button>`:c`<button class="text" @click=${()=>this.start(!0)}>${s("retry")}</button>`}
        ${r&&this.typing?c`<button class="text" @click=${()=>this.start(!1)}>${s("type_instead")}</button>`:h}
      </div>`}return t?.phase==="ended"&&t.reason==="bye"?h:t?.phase==="ended"?c`<div class="notice over" role="status"><span>${s(`ended_${t.reason}`)}</span></div>`:t?.isSoundBlocked?c`<div class="notice" role="alert">
        <button class="text main" @click=${()=>t.unblock()}>${s("hear")}</button>
      </div>`:t?.notice?c`<div class="notice" role="alert">
      <span>${s(ot(t.notice,this.texts.all))}</span>
      <button class="icon" aria-label=${s("dismiss")} @click=${()=>t.dismissNotice()}>${$("close")}</button>
    </div>`:h}composer(){let t=this.texts.get;return c`<form @submit=${this.send}>
      <textarea
        rows="1"
        maxlength="4000"
        aria-label=${t("message")}
        placeholder=${t("message")}
        @keydown=${this.typed}
      ></textarea>
      <button class="icon main" aria-label=${t("send")} title=${t("send")}>${$("send")}</button>
    </form>`}controls(){let{call:t}=this,s=this.texts.get;if(!t?.isLive)return h;let r=s(t.isMuted?"unmute":"mute");return c`<div class="controls">
      ${t.hasMicrophone?c`<button class="icon ${t.isMuted?"on":""}" aria-label=${r} title=${r} @click=${this.toggleMute}>
              ${$(t.isMuted?"muted":"microphone")}
            </button>`:h}
      ${this.typing&&t.features.includes("text")?c`<button
              class="icon"
              aria-label=${s("keyboard")}
              title=${s("keyboard")}
              aria-pressed=${this.isTyping}
              @click=${this.toggleTyping}
            >
              ${$("keyboard")}
            </button>`:h}
      <button class="icon danger" aria-label=${s("end")} title=${s("end")} @click=${()=>t.end()}>
        ${$("end")}
      </button>
    </div>`}get canInterrupt(){let t=this.call?.phase;return t==="speaking"||t==="thinking"}start(t){this.isTyping=!t,De({...this.target,mode:this.mode},{microphone:t})}};w.styles=[T,b`
      :host {
        display: flex;
        flex-direction: column;
        block-size: 100%;
        min-block-size: 0;
        position: relative;
        container-type: size;
        color: var(--primary-text-color, #212121);
        font-family: var(--ha-font-family-body, Roboto, sans-serif);
        font-size: var(--ha-font-size-m, 14px);
      }
      header {
        display: flex;
        align-items: center;
        padding-inline: var(--playai-header-start, 16px) 4px;
        min-block-size: 44px;
      }
      h2 {
        flex: 1;
        margin: 0;
        font-size: var(--ha-font-size-l, 16px);
        font-weight: 500;
        overflow: hidden;
        text-overflow: ellipsis;
        white-space: nowrap;
      }
      .stage {
        display: flex;
        flex-direction: column;
        align-items: center;
        justify-content: center;
        flex: 1 1 auto;
        min-block-size: 0;
        text-align: center;
      }
      .talks .stage {
        flex: 0 0 auto;
      }
      .orb {
        inline-size: clamp(96px, 42cqmin, 240px);
        aspect-ratio: 1;
        padding: 0;
        border-radius: 50%;
        position: relative;
        touch-action: none;
        user-select: none;
      }
      .orb:disabled {
        opacity: 1;
      }
      .talks .orb {
        inline-size: clamp(72px, 30cqmin, 200px);
      }
      playai-orb {
        position: absolute;
        inset: 0;
        pointer-events: none;
      }
      .orb .glyph {
        position: absolute;
        inset: 0;
        display: grid;
        place-items: center;
        color: #fff;
        pointer-events: none;
      }
      .words {
        min-block-size: 2.8em;
      }
      .status {
        margin: 4px 16px 0;
        font-weight: 500;
      }
      .hint {
        margin: 0 16px;
        color: var(--secondary-text-color, #616161);
        font-size: 0.9em;
      }
      playai-captions {
        flex: 1 1 0;
      }
      .notice {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 8px;
        margin: 4px 16px;
        padding: 8px 12px;
        border-radius: 12px;
        background: color-mix(in srgb, var(--warning-color, #ffa600) 18%, transparent);
      }
      .notice.error {
        background: color-mix(in srgb, var(--error-color, #db4437) 16%, transparent);
      }
      .notice.over {
        background: color-mix(in srgb, var(--primary-text-color, #212121) 7%, transparent);
      }
      .notice span {
        flex: 1 1 160px;
      }
      form {
        display: flex;
        align-items: end;
        gap: 4px;
        margin: 4px 12px;
      }
      textarea {
        flex: 1;
        font: inherit;
        color: inherit;
        resize: none;
        field-sizing: content;
        max-block-size: 5lh;
        padding: 9px 14px;
        border-radius: 20px;
        border: 1px solid var(--divider-color, #bdbdbd);
        background: var(--secondary-background-color, transparent);
      }
      .controls {
        display: flex;
        justify-content: center;
        align-items: center;
        gap: 12px;
        padding: 4px 16px 12px;
        min-block-size: 44px;
      }
      .controls .icon {
        background: color-mix(in srgb, var(--primary-text-color, #212121) 9%, transparent);
      }
      .controls .danger {
        background: #c62828;
      }
      .controls .on {
        background: #8a4b00;
      }
      playai-settings {
        position: absolute;
        inset: 44px 0 0;
        z-index: 2;
      }
      @container (max-height: 460px) {
        .talks .stage {
          flex-direction: row;
          gap: 4px;
          text-align: start;
        }
        .talks .orb {
          inline-size: 72px;
        }
        .talks .words {
          min-inline-size: 40%;
          min-block-size: 0;
        }
      }
    `],p([f({attribute:!1})],w.prototype,"target",2),p([f({type:Boolean})],w.prototype,"captions",2),p([f({type:Boolean})],w.prototype,"typing",2),p([f({type:Boolean})],w.prototype,"preview",2),p([f()],w.prototype,"corner",2),p([W()],w.prototype,"chosenMode",2),p([W()],w.prototype,"hasSettings",2),p([W()],w.prototype,"isTyping",2),p([N("textarea")],w.prototype,"box",2),w=p([k("playai-conversation")],w);var lt="playai-dialog",Y=class extends x{constructor(){super(...arguments);this.target={agent:"",name:"",mode:"open"};this.close=()=>this.dialog.close();this.clicked=t=>{t.target===this.dialog&&this.close()}}render(){return c`<dialog aria-label=${this.target.name} @close=${this.remove} @click=${this.clicked}>
      <playai-conversation .target=${this.target} corner="close" @close=${this.close}></playai-conversation>
    </dialog>`}connectedCallback(){super.connectedCallback(),addEventListener("location-changed",this.close),addEventListener("popstate",this.close)}disconnectedCallback(){super.disconnectedCallback(),removeEventListener("location-changed",this.close),removeEventListener("popstate",this.close)}firstUpdated(){this.dialog.showModal()}};Y.styles=b`
    dialog {
      padding: 0;
      border: none;
      inline-size: min(480px, 100vw);
      block-size: min(720px, 100dvh);
      max-inline-size: none;
      max-block-size: none;
      border-radius: var(--ha-card-border-radius, 16px);
      background: var(--ha-card-background, var(--card-background-color, #fff));
      box-shadow: 0 8px 40px rgb(0 0 0 / 35%);
      overflow: hidden;
    }
    dialog::backdrop {
      background: rgb(0 0 0 / 45%);
    }
    playai-conversation {
      padding-block-end: env(safe-area-inset-bottom);
      box-sizing: border-box;
    }
    @media (max-width: 520px) {
      dialog {
        border-radius: 0;
        block-size: 100dvh;
      }
    }
  `,p([f({attribute:!1})],Y.prototype,"target",2),p([N("dialog")],Y.prototype,"dialog",2),Y=p([k(lt)],Y);var me=i=>{if(document.querySelector(lt))return;let{dir:e}=document;document.body.append(Object.assign(document.createElement(lt),{target:i,dir:e}))};var ct="playai-pill",fe=class extends x{constructor(){super();this.texts=new D(this,()=>Q()?.locale.language??"en");this.open=()=>{let t=_.current;me({agent:_.agent,name:t.agent,mode:t.mode})};new P(this),cs(()=>this.requestUpdate())}render(){let t=_.current;if(!t?.isLive||ls())return h;let s=this.texts.get,r=s(t.isMuted?"unmute":"mute");return c`<div role="region" dir=${document.dir} aria-label=${t.agent}>
      <button class="open" @click=${this.open}>
        <span class="dot ${t.isMuted||!t.isMicrophoneOn?"off":""}"></span>
        <span>${t.agent} · ${s(se(t,t.mode))}</span>
      </button>
      ${t.hasMicrophone?c`<button class="icon ${t.isMuted?"on":""}" aria-label=${r} @click=${()=>t.mute(!t.isMuted)}>
              ${$(t.isMuted?"muted":"microphone")}
            </button>`:h}
      <button class="icon danger" aria-label=${s("end")} @click=${()=>t.end()}>${$("end")}</button>
    </div>`}};fe.styles=[T,b`
      div {
        position: fixed;
        z-index: 7;
        inset-inline: 0;
        inset-block-end: calc(16px + env(safe-area-inset-bottom));
        margin-inline: auto;
        inline-size: fit-content;
        max-inline-size: calc(100vw - 32px);
        display: flex;
        align-items: center;
        gap: 4px;
        padding: 4px;
        border-radius: 28px;
        color: #fff;
        background: #263238;
        box-shadow: 0 4px 16px rgb(0 0 0 / 40%);
        font-family: var(--ha-font-family-body, Roboto, sans-serif);
        font-size: 14px;
      }
      .open {
        display: flex;
        align-items: center;
        gap: 8px;
        min-inline-size: 0;
        min-block-size: 40px;
        padding-inline: 12px;
        border-radius: 20px;
      }
      .dot {
        inline-size: 10px;
        block-size: 10px;
        border-radius: 50%;
        flex: none;
        background: #ff5252;
      }
      .dot.off {
        background: #90a4ae;
      }
      .open span:last-child {
        overflow: hidden;
        text-overflow: ellipsis;
        white-space: nowrap;
      }
    `],fe=p([k(ct)],fe);var gs=()=>{document.querySelector(ct)||document.body.append(document.createElement(ct))};var V=class extends x{constructor(){super(...arguments);this.config={}}connectedCallback(){super.connectedCallback(),gs()}willUpdate(){this.hass&&jt(this.hass)}get target(){let{agent:t,name:s,area_id:r,mode:o="open"}=this.config,n=t??(this.hass&&Wt(this.hass)[0])??"",l=s||(this.hass&&n?qt(this.hass,n):""),a={agent:n,name:l,areaId:r,mode:o};return JSON.stringify(a)!==JSON.stringify(this.shown)&&(this.shown=a),this.shown}};p([f({attribute:!1})],V.prototype,"hass",2),p([f({attribute:!1})],V.prototype,"config",2);var ie=class extends V{constructor(){super(...arguments);this.preview=!1}render(){let{show_captions:t=!0,show_text:s=!0}=this.config;return c`<div class="card">
      <playai-conversation
        .target=${this.target}
        .captions=${t}
        .typing=${s}
        .preview=${this.preview}
        @expand=${()=>me(this.target)}
      ></playai-conversation>
    </div>`}};ie.styles=b`
    :host {
      display: block;
      block-size: 100%;
    }
    .card {
      box-sizing: border-box;
      block-size: 100%;
      min-block-size: 320px;
      display: flex;
      overflow: hidden;
      background: var(--ha-card-background, var(--card-background-color, #fff));
      border: var(--ha-card-border-width, 1px) solid var(--ha-card-border-color, var(--divider-color, #e0e0e0));
      border-radius: var(--ha-card-border-radius, 12px);
      box-shadow: var(--ha-card-box-shadow, none);
      backdrop-filter: var(--ha-card-backdrop-filter, none);
    }
    playai-conversation {
      flex: 1;
      block-size: auto;
    }
  `,p([f({type:Boolean})],ie.prototype,"preview",2),ie=p([k("playai-card-view")],ie);var re=class extends V{constructor(){super(...arguments);this.narrow=!1}render(){return c`<div class="page ${this.narrow?"narrow":""}">
      ${this.narrow?c`<ha-menu-button .hass=${this.hass} .narrow=${!0}></ha-menu-button>`:h}
      <playai-conversation .target=${this.target} corner=""></playai-conversation>
    </div>`}};re.styles=b`
    :host {
      display: block;
      block-size: 100dvh;
      background: var(--primary-background-color, #fafafa);
    }
    .page {
      position: relative;
      block-size: 100%;
      padding-block: env(safe-area-inset-top) env(safe-area-inset-bottom);
      box-sizing: border-box;
    }
    playai-conversation {
      max-inline-size: 720px;
      margin-inline: auto;
    }
    ha-menu-button {
      position: absolute;
      inset-block-start: calc(env(safe-area-inset-top, 0px) - 2px);
      inset-inline-start: 4px;
      z-index: 1;
    }
    .narrow {
      --playai-header-start: 56px;
    }
  `,p([f({type:Boolean})],re.prototype,"narrow",2),re=p([k("playai-panel-view")],re);var Ue=class extends V{constructor(){super();this.texts=new D(this,()=>this.hass?.locale.language??"en");this.talk=()=>{let{target:t}=this;_.with(t.agent)?.isLive||De(t),me(t)};new P(this)}get label(){let t=_.with(this.target.agent);return t?.isLive?this.texts.get(se(t,t.mode)):this.texts.get("talk")}},ge=class extends Ue{render(){return c`<button @click=${this.talk}>
      ${$("microphone")}<span>${this.config.name||this.label}</span>
    </button>`}};ge.styles=[T,b`
      button {
        display: flex;
        align-items: center;
        gap: 8px;
        min-block-size: 36px;
        padding-inline: 12px;
        border-radius: 18px;
        color: var(--primary-text-color, #212121);
        background: var(--ha-card-background, var(--card-background-color, #fff));
        border: 1px solid var(--ha-card-border-color, var(--divider-color, #e0e0e0));
      }
      svg {
        inline-size: 18px;
        color: var(--primary-color, #03a9f4);
      }
    `],ge=p([k("playai-badge-view")],ge);var oe=class extends Ue{constructor(){super(...arguments);this.agent=""}willUpdate(){super.willUpdate(),this.config={...this.config,agent:this.agent}}render(){return c`<button @click=${this.talk}>${$("microphone")}<span>${this.label}</span></button>`}};oe.styles=[T,b`
      button {
        display: flex;
        align-items: center;
        justify-content: center;
        gap: 8px;
        inline-size: 100%;
        block-size: var(--feature-height, 42px);
        border-radius: var(--feature-border-radius, 12px);
        color: var(--primary-text-color, #212121);
        background: color-mix(in srgb, var(--primary-color, #03a9f4) 20%, transparent);
      }
    `],p([f()],oe.prototype,"agent",2),oe=p([k("playai-feature-view")],oe);
