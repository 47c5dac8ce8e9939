var As=Object.defineProperty;var Ss=Object.getOwnPropertyDescriptor;var c=(i,e,t,s)=>{for(var r=s>1?void 0:s?Ss(e,t):e,o=i.length-1,n;o>=0;o--)(n=i[o])&&(r=(s?n(e,t,r):n(r))||r);return s&&r&&As(e,t,r),r};var xe=globalThis,$e=xe.ShadowRoot&&(xe.ShadyCSS===void 0||xe.ShadyCSS.nativeShadow)&&"adoptedStyleSheets"in Document.prototype&&"replace"in CSSStyleSheet.prototype,Fe=Symbol(),gt=new WeakMap,le=class{constructor(e,t,s){if(this._$cssResult$=!0,s!==Fe)throw Error("CSSResult is not constructable. Use `unsafeCSS` or `css` instead.");this.cssText=e,this.t=t}get styleSheet(){let e=this.o,t=this.t;if($e&&e===void 0){let s=t!==void 0&&t.length===1;s&&(e=gt.get(t)),e===void 0&&((this.o=e=new CSSStyleSheet).replaceSync(this.cssText),s&&gt.set(t,e))}return e}toString(){return this.cssText}},yt=i=>new le(typeof i=="string"?i:i+"",void 0,Fe),v=(i,...e)=>{let t=i.length===1?i[0]:e.reduce((s,r,o)=>s+(n=>{if(n._$cssResult$===!0)return n.cssText;if(typeof n=="number")return n;throw Error("Value passed to 'css' function must be a 'css' function result: "+n+". Use 'unsafeCSS' to pass non-literal values, but take care to ensure page security.")})(r)+i[o+1],i[0]);return new le(t,i,Fe)},vt=(i,e)=>{if($e)i.adoptedStyleSheets=e.map(t=>t instanceof CSSStyleSheet?t:t.styleSheet);else for(let t of e){let s=document.createElement("style"),r=xe.litNonce;r!==void 0&&s.setAttribute("nonce",r),s.textContent=t.cssText,i.appendChild(s)}},Ge=$e?i=>i:i=>i instanceof CSSStyleSheet?(e=>{let t="";for(let s of e.cssRules)t+=s.cssText;return yt(t)})(i):i;var{is:Ts,defineProperty:Ps,getOwnPropertyDescriptor:Cs,getOwnPropertyNames:Rs,getOwnPropertySymbols:Os,getPrototypeOf:Ls}=Object,ke=globalThis,bt=ke.trustedTypes,Hs=bt?bt.emptyScript:"",Ns=ke.reactiveElementPolyfillSupport,ce=(i,e)=>i,de={toAttribute(i,e){switch(e){case Boolean:i=i?Hs:null;break;case Object:case Array:i=i==null?i:JSON.stringify(i)}return i},fromAttribute(i,e){let t=i;switch(e){case Boolean:t=i!==null;break;case Number:t=i===null?null:Number(i);break;case Object:case Array:try{t=JSON.parse(i)}catch{t=null}}return t}},_e=(i,e)=>!Ts(i,e),xt={attribute:!0,type:String,converter:de,reflect:!1,useDefault:!1,hasChanged:_e};Symbol.metadata??=Symbol("metadata"),ke.litPropertyMetadata??=new WeakMap;var O=class extends HTMLElement{static addInitializer(e){this._$Ei(),(this.l??=[]).push(e)}static get observedAttributes(){return this.finalize(),this._$Eh&&[...this._$Eh.keys()]}static createProperty(e,t=xt){if(t.state&&(t.attribute=!1),this._$Ei(),this.prototype.hasOwnProperty(e)&&((t=Object.create(t)).wrapped=!0),this.elementProperties.set(e,t),!t.noAccessor){let s=Symbol(),r=this.getPropertyDescriptor(e,s,t);r!==void 0&&Ps(this.prototype,e,r)}}static getPropertyDescriptor(e,t,s){let{get:r,set:o}=Cs(this.prototype,e)??{get(){return this[t]},set(n){this[t]=n}};return{get:r,set(n){let l=r?.call(this);o?.call(this,n),this.requestUpdate(e,l,s)},configurable:!0,enumerable:!0}}static getPropertyOptions(e){return this.elementProperties.get(e)??xt}static _$Ei(){if(this.hasOwnProperty(ce("elementProperties")))return;let e=Ls(this);e.finalize(),e.l!==void 0&&(this.l=[...e.l]),this.elementProperties=new Map(e.elementProperties)}static finalize(){if(this.hasOwnProperty(ce("finalized")))return;if(this.finalized=!0,this._$Ei(),this.hasOwnProperty(ce("properties"))){let t=this.properties,s=[...Rs(t),...Os(t)];for(let r of s)this.createProperty(r,t[r])}let e=this[Symbol.metadata];if(e!==null){let t=litPropertyMetadata.get(e);if(t!==void 0)for(let[s,r]of t)this.elementProperties.set(s,r)}this._$Eh=new Map;for(let[t,s]of this.elementProperties){let r=this._$Eu(t,s);r!==void 0&&this._$Eh.set(r,t)}this.elementStyles=this.finalizeStyles(this.styles)}static finalizeStyles(e){let t=[];if(Array.isArray(e)){let s=new Set(e.flat(1/0).reverse());for(let r of s)t.unshift(Ge(r))}else e!==void 0&&t.push(Ge(e));return t}static _$Eu(e,t){let s=t.attribute;return s===!1?void 0:typeof s=="string"?s:typeof e=="string"?e.toLowerCase():void 0}constructor(){super(),this._$Ep=void 0,this.isUpdatePending=!1,this.hasUpdated=!1,this._$Em=null,this._$Ev()}_$Ev(){this._$ES=new Promise(e=>this.enableUpdating=e),this._$AL=new Map,this._$E_(),this.requestUpdate(),this.constructor.l?.forEach(e=>e(this))}addController(e){(this._$EO??=new Set).add(e),this.renderRoot!==void 0&&this.isConnected&&e.hostConnected?.()}removeController(e){this._$EO?.delete(e)}_$E_(){let e=new Map,t=this.constructor.elementProperties;for(let s of t.keys())this.hasOwnProperty(s)&&(e.set(s,this[s]),delete this[s]);e.size>0&&(this._$Ep=e)}createRenderRoot(){let e=this.shadowRoot??this.attachShadow(this.constructor.shadowRootOptions);return vt(e,this.constructor.elementStyles),e}connectedCallback(){this.renderRoot??=this.createRenderRoot(),this.enableUpdating(!0),this._$EO?.forEach(e=>e.hostConnected?.())}enableUpdating(e){}disconnectedCallback(){this._$EO?.forEach(e=>e.hostDisconnected?.())}attributeChangedCallback(e,t,s){this._$AK(e,s)}_$ET(e,t){let s=this.constructor.elementProperties.get(e),r=this.constructor._$Eu(e,s);if(r!==void 0&&s.reflect===!0){let o=(s.converter?.toAttribute!==void 0?s.converter:de).toAttribute(t,s.type);this._$Em=e,o==null?this.removeAttribute(r):this.setAttribute(r,o),this._$Em=null}}_$AK(e,t){let s=this.constructor,r=s._$Eh.get(e);if(r!==void 0&&this._$Em!==r){let o=s.getPropertyOptions(r),n=typeof o.converter=="function"?{fromAttribute:o.converter}:o.converter?.fromAttribute!==void 0?o.converter:de;this._$Em=r;let l=n.fromAttribute(t,o.type);this[r]=l??this._$Ej?.get(r)??l,this._$Em=null}}requestUpdate(e,t,s,r=!1,o){if(e!==void 0){let n=this.constructor;if(r===!1&&(o=this[e]),s??=n.getPropertyOptions(e),!((s.hasChanged??_e)(o,t)||s.useDefault&&s.reflect&&o===this._$Ej?.get(e)&&!this.hasAttribute(n._$Eu(e,s))))return;this.C(e,t,s)}this.isUpdatePending===!1&&(this._$ES=this._$EP())}C(e,t,{useDefault:s,reflect:r,wrapped:o},n){s&&!(this._$Ej??=new Map).has(e)&&(this._$Ej.set(e,n??t??this[e]),o!==!0||n!==void 0)||(this._$AL.has(e)||(this.hasUpdated||s||(t=void 0),this._$AL.set(e,t)),r===!0&&this._$Em!==e&&(this._$Eq??=new Set).add(e))}async _$EP(){this.isUpdatePending=!0;try{await this._$ES}catch(t){Promise.reject(t)}let e=this.scheduleUpdate();return e!=null&&await e,!this.isUpdatePending}scheduleUpdate(){return this.performUpdate()}performUpdate(){if(!this.isUpdatePending)return;if(!this.hasUpdated){if(this.renderRoot??=this.createRenderRoot(),this._$Ep){for(let[r,o]of this._$Ep)this[r]=o;this._$Ep=void 0}let s=this.constructor.elementProperties;if(s.size>0)for(let[r,o]of s){let{wrapped:n}=o,l=this[r];n!==!0||this._$AL.has(r)||l===void 0||this.C(r,void 0,o,l)}}let e=!1,t=this._$AL;try{e=this.shouldUpdate(t),e?(this.willUpdate(t),this._$EO?.forEach(s=>s.hostUpdate?.()),this.update(t)):this._$EM()}catch(s){throw e=!1,this._$EM(),s}e&&this._$AE(t)}willUpdate(e){}_$AE(e){this._$EO?.forEach(t=>t.hostUpdated?.()),this.hasUpdated||(this.hasUpdated=!0,this.firstUpdated(e)),this.updated(e)}_$EM(){this._$AL=new Map,this.isUpdatePending=!1}get updateComplete(){return this.getUpdateComplete()}getUpdateComplete(){return this._$ES}shouldUpdate(e){return!0}update(e){this._$Eq&&=this._$Eq.forEach(t=>this._$ET(t,this[t])),this._$EM()}updated(e){}firstUpdated(e){}};O.elementStyles=[],O.shadowRootOptions={mode:"open"},O[ce("elementProperties")]=new Map,O[ce("finalized")]=new Map,Ns?.({ReactiveElement:O}),(ke.reactiveElementVersions??=[]).push("2.1.2");var Ve=globalThis,$t=i=>i,we=Ve.trustedTypes,kt=we?we.createPolicy("lit-html",{createHTML:i=>i}):void 0,Je="$lit$",L=`lit$${Math.random().toFixed(9).slice(2)}$`,Xe="?"+L,zs=`<${Xe}>`,j=document,he=()=>j.createComment(""),ue=i=>i===null||typeof i!="object"&&typeof i!="function",Qe=Array.isArray,St=i=>Qe(i)||typeof i?.[Symbol.iterator]=="function",Ye=`[ 	
\f\r]`,pe=/<(?:(!--|\/[^a-zA-Z])|(\/?[a-zA-Z][^>\s]*)|(\/?$))/g,_t=/-->/g,wt=/>/g,B=RegExp(`>|${Ye}(?:([^\\s"'>=/]+)(${Ye}*=${Ye}*(?:[^ 	
\f\r"'\`<>=]|("|')|))|$)`,"g"),Mt=/'/g,Et=/"/g,Tt=/^(?:script|style|textarea|title)$/i,Ze=i=>(e,...t)=>({_$litType$:i,strings:e,values:t}),d=Ze(1),E=Ze(2),Ri=Ze(3),T=Symbol.for("lit-noChange"),h=Symbol.for("lit-nothing"),At=new WeakMap,W=j.createTreeWalker(j,129);function Pt(i,e){if(!Qe(i)||!i.hasOwnProperty("raw"))throw Error("invalid template strings array");return kt!==void 0?kt.createHTML(e):e}var Ct=(i,e)=>{let t=i.length-1,s=[],r,o=e===2?"<svg>":e===3?"<math>":"",n=pe;for(let l=0;l<t;l++){let a=i[l],u,g,p=-1,y=0;for(;y<a.length&&(n.lastIndex=y,g=n.exec(a),g!==null);)y=n.lastIndex,n===pe?g[1]==="!--"?n=_t:g[1]!==void 0?n=wt:g[2]!==void 0?(Tt.test(g[2])&&(r=RegExp("</"+g[2],"g")),n=B):g[3]!==void 0&&(n=B):n===B?g[0]===">"?(n=r??pe,p=-1):g[1]===void 0?p=-2:(p=n.lastIndex-g[2].length,u=g[1],n=g[3]===void 0?B:g[3]==='"'?Et:Mt):n===Et||n===Mt?n=B:n===_t||n===wt?n=pe:(n=B,r=void 0);let f=n===B&&i[l+1].startsWith("/>")?" ":"";o+=n===pe?a+zs:p>=0?(s.push(u),a.slice(0,p)+Je+a.slice(p)+L+f):a+L+(p===-2?l:f)}return[Pt(i,o+(i[t]||"<?>")+(e===2?"</svg>":e===3?"</math>":"")),s]},me=class i{constructor({strings:e,_$litType$:t},s){let r;this.parts=[];let o=0,n=0,l=e.length-1,a=this.parts,[u,g]=Ct(e,t);if(this.el=i.createElement(u,s),W.currentNode=this.el.content,t===2||t===3){let p=this.el.content.firstChild;p.replaceWith(...p.childNodes)}for(;(r=W.nextNode())!==null&&a.length<l;){if(r.nodeType===1){if(r.hasAttributes())for(let p of r.getAttributeNames())if(p.endsWith(Je)){let y=g[n++],f=r.getAttribute(p).split(L),x=/([.?@])?(.*)/.exec(y);a.push({type:1,index:o,name:x[2],strings:f,ctor:x[1]==="."?Ee:x[1]==="?"?Ae:x[1]==="@"?Se:F}),r.removeAttribute(p)}else p.startsWith(L)&&(a.push({type:6,index:o}),r.removeAttribute(p));if(Tt.test(r.tagName)){let p=r.textContent.split(L),y=p.length-1;if(y>0){r.textContent=we?we.emptyScript:"";for(let f=0;f<y;f++)r.append(p[f],he()),W.nextNode(),a.push({type:2,index:++o});r.append(p[y],he())}}}else if(r.nodeType===8)if(r.data===Xe)a.push({type:2,index:o});else{let p=-1;for(;(p=r.data.indexOf(L,p+1))!==-1;)a.push({type:7,index:o}),p+=L.length-1}o++}}static createElement(e,t){let s=j.createElement("template");return s.innerHTML=e,s}};function q(i,e,t=i,s){if(e===T)return e;let r=s!==void 0?t._$Co?.[s]:t._$Cl,o=ue(e)?void 0:e._$litDirective$;return r?.constructor!==o&&(r?._$AO?.(!1),o===void 0?r=void 0:(r=new o(i),r._$AT(i,t,s)),s!==void 0?(t._$Co??=[])[s]=r:t._$Cl=r),r!==void 0&&(e=q(i,r._$AS(i,e.values),r,s)),e}var Me=class{constructor(e,t){this._$AV=[],this._$AN=void 0,this._$AD=e,this._$AM=t}get parentNode(){return this._$AM.parentNode}get _$AU(){return this._$AM._$AU}u(e){let{el:{content:t},parts:s}=this._$AD,r=(e?.creationScope??j).importNode(t,!0);W.currentNode=r;let o=W.nextNode(),n=0,l=0,a=s[0];for(;a!==void 0;){if(n===a.index){let u;a.type===2?u=new Z(o,o.nextSibling,this,e):a.type===1?u=new a.ctor(o,a.name,a.strings,this,e):a.type===6&&(u=new Te(o,this,e)),this._$AV.push(u),a=s[++l]}n!==a?.index&&(o=W.nextNode(),n++)}return W.currentNode=j,r}p(e){let t=0;for(let s of this._$AV)s!==void 0&&(s.strings!==void 0?(s._$AI(e,s,t),t+=s.strings.length-2):s._$AI(e[t])),t++}},Z=class i{get _$AU(){return this._$AM?._$AU??this._$Cv}constructor(e,t,s,r){this.type=2,this._$AH=h,this._$AN=void 0,this._$AA=e,this._$AB=t,this._$AM=s,this.options=r,this._$Cv=r?.isConnected??!0}get parentNode(){let e=this._$AA.parentNode,t=this._$AM;return t!==void 0&&e?.nodeType===11&&(e=t.parentNode),e}get startNode(){return this._$AA}get endNode(){return this._$AB}_$AI(e,t=this){e=q(this,e,t),ue(e)?e===h||e==null||e===""?(this._$AH!==h&&this._$AR(),this._$AH=h):e!==this._$AH&&e!==T&&this._(e):e._$litType$!==void 0?this.$(e):e.nodeType!==void 0?this.T(e):St(e)?this.k(e):this._(e)}O(e){return this._$AA.parentNode.insertBefore(e,this._$AB)}T(e){this._$AH!==e&&(this._$AR(),this._$AH=this.O(e))}_(e){this._$AH!==h&&ue(this._$AH)?this._$AA.nextSibling.data=e:this.T(j.createTextNode(e)),this._$AH=e}$(e){let{values:t,_$litType$:s}=e,r=typeof s=="number"?this._$AC(e):(s.el===void 0&&(s.el=me.createElement(Pt(s.h,s.h[0]),this.options)),s);if(this._$AH?._$AD===r)this._$AH.p(t);else{let o=new Me(r,this),n=o.u(this.options);o.p(t),this.T(n),this._$AH=o}}_$AC(e){let t=At.get(e.strings);return t===void 0&&At.set(e.strings,t=new me(e)),t}k(e){Qe(this._$AH)||(this._$AH=[],this._$AR());let t=this._$AH,s,r=0;for(let o of e)r===t.length?t.push(s=new i(this.O(he()),this.O(he()),this,this.options)):s=t[r],s._$AI(o),r++;r<t.length&&(this._$AR(s&&s._$AB.nextSibling,r),t.length=r)}_$AR(e=this._$AA.nextSibling,t){for(this._$AP?.(!1,!0,t);e!==this._$AB;){let s=$t(e).nextSibling;$t(e).remove(),e=s}}setConnected(e){this._$AM===void 0&&(this._$Cv=e,this._$AP?.(e))}},F=class{get tagName(){return this.element.tagName}get _$AU(){return this._$AM._$AU}constructor(e,t,s,r,o){this.type=1,this._$AH=h,this._$AN=void 0,this.element=e,this.name=t,this._$AM=r,this.options=o,s.length>2||s[0]!==""||s[1]!==""?(this._$AH=Array(s.length-1).fill(new String),this.strings=s):this._$AH=h}_$AI(e,t=this,s,r){let o=this.strings,n=!1;if(o===void 0)e=q(this,e,t,0),n=!ue(e)||e!==this._$AH&&e!==T,n&&(this._$AH=e);else{let l=e,a,u;for(e=o[0],a=0;a<o.length-1;a++)u=q(this,l[s+a],t,a),u===T&&(u=this._$AH[a]),n||=!ue(u)||u!==this._$AH[a],u===h?e=h:e!==h&&(e+=(u??"")+o[a+1]),this._$AH[a]=u}n&&!r&&this.j(e)}j(e){e===h?this.element.removeAttribute(this.name):this.element.setAttribute(this.name,e??"")}},Ee=class extends F{constructor(){super(...arguments),this.type=3}j(e){this.element[this.name]=e===h?void 0:e}},Ae=class extends F{constructor(){super(...arguments),this.type=4}j(e){this.element.toggleAttribute(this.name,!!e&&e!==h)}},Se=class extends F{constructor(e,t,s,r,o){super(e,t,s,r,o),this.type=5}_$AI(e,t=this){if((e=q(this,e,t,0)??h)===T)return;let s=this._$AH,r=e===h&&s!==h||e.capture!==s.capture||e.once!==s.once||e.passive!==s.passive,o=e!==h&&(s===h||r);r&&this.element.removeEventListener(this.name,this,s),o&&this.element.addEventListener(this.name,this,e),this._$AH=e}handleEvent(e){typeof this._$AH=="function"?this._$AH.call(this.options?.host??this.element,e):this._$AH.handleEvent(e)}},Te=class{constructor(e,t,s){this.element=e,this.type=6,this._$AN=void 0,this._$AM=t,this.options=s}get _$AU(){return this._$AM._$AU}_$AI(e){q(this,e)}},Rt={M:Je,P:L,A:Xe,C:1,L:Ct,R:Me,D:St,V:q,I:Z,H:F,N:Ae,U:Se,B:Ee,F:Te},Ds=Ve.litHtmlPolyfillSupport;Ds?.(me,Z),(Ve.litHtmlVersions??=[]).push("3.3.3");var Ot=(i,e,t)=>{let s=t?.renderBefore??e,r=s._$litPart$;if(r===void 0){let o=t?.renderBefore??null;s._$litPart$=r=new Z(e.insertBefore(he(),o),o,void 0,t??{})}return r._$AI(i),r};var et=globalThis,b=class extends O{constructor(){super(...arguments),this.renderOptions={host:this},this._$Do=void 0}createRenderRoot(){let e=super.createRenderRoot();return this.renderOptions.renderBefore??=e.firstChild,e}update(e){let t=this.render();this.hasUpdated||(this.renderOptions.isConnected=this.isConnected),super.update(e),this._$Do=Ot(t,this.renderRoot,this.renderOptions)}connectedCallback(){super.connectedCallback(),this._$Do?.setConnected(!0)}disconnectedCallback(){super.disconnectedCallback(),this._$Do?.setConnected(!1)}render(){return T}};b._$litElement$=!0,b.finalized=!0,et.litElementHydrateSupport?.({LitElement:b});var Us=et.litElementPolyfillSupport;Us?.({LitElement:b});(et.litElementVersions??=[]).push("4.2.2");var Is={attribute:!0,type:String,converter:de,reflect:!1,hasChanged:_e},Ks=(i=Is,e,t)=>{let{kind:s,metadata:r}=t,o=globalThis.litPropertyMetadata.get(r);if(o===void 0&&globalThis.litPropertyMetadata.set(r,o=new Map),s==="setter"&&((i=Object.create(i)).wrapped=!0),o.set(t.name,i),s==="accessor"){let{name:n}=t;return{set(l){let a=e.get.call(this);e.set.call(this,l),this.requestUpdate(n,a,i,!0,l)},init(l){return l!==void 0&&this.C(n,void 0,i,l),l}}}if(s==="setter"){let{name:n}=t;return function(l){let a=this[n];e.call(this,l),this.requestUpdate(n,a,i,!0,l)}}throw Error("Unsupported decorator location: "+s)};function m(i){return(e,t)=>typeof t=="object"?Ks(i,e,t):((s,r,o)=>{let n=r.hasOwnProperty(o);return r.constructor.createProperty(o,s),n?Object.getOwnPropertyDescriptor(r,o):void 0})(i,e,t)}function G(i){return m({...i,state:!0,attribute:!1})}var Y=(i,e,t)=>(t.configurable=!0,t.enumerable=!0,Reflect.decorate&&typeof e!="object"&&Object.defineProperty(i,e,t),t);function R(i,e){return(t,s,r)=>{let o=n=>n.renderRoot?.querySelector(i)??null;if(e){let{get:n,set:l}=typeof s=="object"?t:r??(()=>{let a=Symbol();return{get(){return this[a]},set(u){this[a]=u}}})();return Y(t,s,{get(){let a=n.call(this);return a===void 0&&(a=o(this),(a!==null||this.hasUpdated)&&l.call(this,a)),a}})}return Y(t,s,{get(){return o(this)}})}}var Lt=i=>-60+i*48;var Bs=.4,Ws=.02,Ht=()=>({underruns:0,droppedFrames:0,flushes:0,resumes:0,newTalks:0}),Nt=(i,{user:e,agent:t})=>{if(t<=Bs)return;let s=Lt(e),r=i.echoDb??s;i.echoDb=r+(s-r)*Ws};var tt={phase:"idle",before:"connecting",reason:""},js=new Set(["idle","ended","failed"]),st=i=>!js.has(i),zt=(i,e)=>{if(e.type==="start")return{...tt,phase:"connecting"};if(!st(i.phase))return i;switch(e.type){case"phase":return i.phase==="reconnecting"?{...i,before:e.value}:{...i,phase:e.value,before:e.value};case"lost":return{...i,phase:"reconnecting"};case"resumed":return i.phase==="reconnecting"?{...i,phase:i.before}:i;case"end":return{...i,phase:"ended",reason:e.reason};case"fail":return{...i,phase:"failed",reason:e.key}}};var Dt=()=>globalThis.isSecureContext?"AudioWorkletNode"in globalThis&&"Worker"in globalThis?void 0:"unsupported":"insecure",Ut=()=>/AppleWebKit/.test(navigator.userAgent)&&!/Chrome|Chromium|Android/.test(navigator.userAgent),Pe=()=>"AudioContext"in globalThis&&"setSinkId"in AudioContext.prototype,Ce=i=>{let e=i instanceof DOMException?i.name:"";return e==="NotAllowedError"||e==="SecurityError"?"permission":e==="NotFoundError"||e==="OverconstrainedError"?"no_microphone":e==="NotReadableError"||e==="AbortError"?"microphone_busy":"microphone"};var P={stopping:1001,ended:4e3,reloading:4001,forbidden:4003,gone:4004,flood:4008,replaced:4009,slow:4013,invalid:4400,otherProtocol:4426};var Kt=1;var qs={[P.forbidden]:"forbidden",[P.otherProtocol]:"old_page",[P.flood]:"internal",[P.invalid]:"internal",[Kt]:"blocked"},Fs=new Set([P.stopping,P.reloading,P.gone]),Gs=4e3,Bt=i=>{let e=qs[i];return e?{type:"fail",key:e}:i===P.replaced?{type:"end",reason:"replaced"}:i===P.ended?{type:"end",reason:"agent"}:i>=Gs&&!Fs.has(i)?{type:"fail",key:"internal"}:{type:"reopen"}};var D=class extends Error{constructor(t){super(t);this.key=t}};var Ys=new URL("./worker.js",import.meta.url),Vs=1e3,Re=class{#e;constructor(e,t){this.#e=new Worker(Ys,{type:"module",name:"playai-talk"}),this.#e.onmessage=({data:s})=>e(s),this.#e.onerror=t}connect(e,t){this.#e.postMessage({type:"ports",microphone:e,player:t},[e,t])}open(e,t){this.#t({type:"open",path:e,base:t})}send(e){this.#t({type:"send",message:e})}close(){this.#e.onmessage=null,this.#t({type:"close"}),setTimeout(()=>this.#e.terminate(),Vs)}#t(e){this.#e.postMessage(e)}};var Js=2e3,Xs=6e4,Qs=new Set(["home_away","not_ready","not_found"]),Oe=class{#e;#t;#o;#i;#r=0;#s=!1;#n=!1;constructor(e,t){this.#e=e,this.#t=t,this.#o=new Re(s=>this.#a(s),()=>{this.#n||t({type:"fail",key:"unsupported"})})}connect(e,t){this.#o.connect(e,t)}async open(){try{let{protocol:e,path:t,base:s}=await this.#e();if(this.#n)return;e===1?this.#o.open(t,s):this.#t({type:"fail",key:"old_page"})}catch(e){if(this.#n)return;let t=e instanceof D?e.key:"home_away";this.#s&&Qs.has(t)?this.#d(t):this.#t({type:"fail",key:t})}}send(e){this.#o.send(e)}close(){this.#n=!0,clearTimeout(this.#i),this.#o.close()}#a(e){if(e.type==="closed")return this.#c(e.code);e.type!=="message"?this.#s=e.type==="lost":Zs(e.message)&&(this.#r=0),this.#t(e)}#c(e){let t=Bt(e);t.type==="reopen"?this.#d("home_away"):this.#t(t)}#d(e){let t=Date.now();if(this.#r||=t+Xs,t>this.#r)return this.#t({type:"fail",key:e});this.#s=!0,this.#t({type:"lost"}),clearTimeout(this.#i),this.#i=setTimeout(()=>{this.open()},Js)}},Zs=i=>i.type==="phase"&&i.value!=="connecting";var Wt={talk:0,sayings:[]},ei=200,ti=65,V=(i,e)=>{let t=[...i.sayings],s=t.findIndex(r=>r.key===e.key);return s>=0?t[s]=e:t.push(e),{...i,sayings:t.slice(-ei)}},rt=(i,e)=>i.sayings.find(t=>t.key===e),it=(i,e,t)=>{let s=rt(i,`${i.talk}:reply:${e}`);return s?.kind==="agent"?V(i,{...s,...t(s)}):i},ot=i=>i.kind==="confirm"&&i.allow===void 0,nt=i=>({talk:i.talk+1,sayings:i.sayings.filter(e=>!ot(e)).map(e=>e.kind==="tool"&&e.status==="running"?{...e,status:"failed"}:e.kind==="user"?{...e,isFinal:!0}:e.kind==="agent"&&e.heard===void 0&&!Ft(e)?{...e,heard:lt(e)}:e)}),jt=(i,e)=>{let{talk:t}=i;switch(e.type){case"heard":{let{id:s,text:r,final:o}=e;return V(i,{kind:"user",key:`${t}:turn:${s}`,text:r,isFinal:o})}case"reply":{let s=`${t}:reply:${e.id}`;return V(i,{kind:"agent",key:s,reply:e.id,parts:[],playedMs:0})}case"said":return it(i,e.reply,({parts:s})=>({parts:[...s,{atMs:e.at_ms,text:e.text}]}));case"reply_end":return it(i,e.reply,()=>({totalMs:e.ms}));case"interrupted":return it(i,e.reply,()=>({playedMs:e.ms,heard:e.text}));case"tool":{let{id:s,name:r,arguments:o,status:n,result:l}=e,a=`${t}:tool:${s}`;return V(i,{kind:"tool",key:a,id:s,name:r,arguments:o,status:n,result:l})}case"confirm":{let{id:s,name:r,arguments:o}=e;return V(i,{kind:"confirm",key:`${t}:ask:${s}`,id:s,name:r,arguments:o})}case"confirmed":{let s=rt(i,`${t}:ask:${e.id}`);return s?V(i,{...s,allow:e.allow}):i}default:return i}},qt=(i,e,t)=>{let s=rt(i,`${i.talk}:reply:${e}`);return s?.kind!=="agent"||s.heard!==void 0||t<=s.playedMs?i:V(i,{...s,playedMs:t})},at=i=>i.parts.map(({text:e})=>e).join(""),Ft=({totalMs:i,playedMs:e})=>i!==void 0&&e>=i,lt=i=>{let{parts:e,playedMs:t,totalMs:s,heard:r}=i;if(r!==void 0)return r;if(Ft(i))return at(i);let o="";for(let[n,l]of e.entries()){let a=e.slice(n+1).find(({atMs:p})=>p>l.atMs)?.atMs??s,u=l.atMs+l.text.length*ti,g=a??u;if(t>=g)o+=l.text;else{t>l.atMs&&(o+=si(l.text,(t-l.atMs)/(g-l.atMs)));break}}return o},si=(i,e)=>{let t=i.slice(Math.ceil(i.length*e)).search(/\s/);return t<0?i:i.slice(0,Math.ceil(i.length*e)+t)},Gt=i=>{if(i.heard===void 0)return"";let e=at(i).trimStart();return e.startsWith(i.heard)?e.slice(i.heard.length):""},Yt=(i,e,t)=>i.sayings.flatMap(s=>s.kind==="user"?[`${e}: ${s.text}`]:s.kind==="agent"?[`${t}: ${s.heard??at(s).trim()}`]:[]).join(`
`);var ii=new URL("./microphone.worklet.js",import.meta.url),ri=i=>({...i&&{deviceId:{ideal:i}},echoCancellation:{ideal:"all"},noiseSuppression:!0,autoGainControl:!0,channelCount:1}),Le=class{#e=new AudioContext({latencyHint:"interactive"});#t;#o;#i;#r;#s=!1;constructor(e){this.#t=e,this.#e.resume()}get isOn(){return this.#r?.getTracks().some(e=>e.readyState==="live")??!1}get label(){return this.#r?.getAudioTracks()[0]?.label??""}async open(e,t){if(await Promise.all([this.#e.audioWorklet.addModule(ii),this.use(t)]),this.#s)return;this.#o=new AudioWorkletNode(this.#e,"playai-microphone",{numberOfOutputs:0}),this.#o.port.onmessage=({data:r})=>this.#t.report(r);let s={type:"port",port:e};this.#o.port.postMessage(s,[e]),this.#i?.connect(this.#o)}async use(e){let t=ri(e),s=await navigator.mediaDevices.getUserMedia({audio:t});if(this.off(),this.#s){for(let r of s.getTracks())r.stop();return}this.#r=s;for(let r of s.getTracks())r.onended=()=>this.#t.lost();this.#i=this.#e.createMediaStreamSource(s),this.#o&&this.#i.connect(this.#o)}mute(e){for(let t of this.#r?.getTracks()??[])t.enabled=!e;this.#n({type:"mute",on:e})}expectEcho(e){this.#n({type:"echo",on:e})}off(){this.#i?.disconnect(),this.#i=void 0;for(let e of this.#r?.getTracks()??[])e.onended=null,e.stop();this.#r=void 0}close(){this.#s=!0,this.off(),this.#e.state!=="closed"&&this.#e.close()}#n(e){this.#o?.port.postMessage(e)}};var ni=new URL("./player.worklet.js",import.meta.url),ai=.25,li=.03,He=class{#e=new AudioContext({sampleRate:24e3,latencyHint:"interactive"});#t;#o;#i;#r=1;#s=!1;constructor(e){this.#o=e,this.#t=this.#e.createGain(),this.#e.resume(),Ut()?this.#c():this.#t.connect(this.#e.destination)}get isBlocked(){return this.#e.state==="suspended"}async open(e){if(await this.#e.audioWorklet.addModule(ni),this.#e.state==="closed")return;this.node=new AudioWorkletNode(this.#e,"playai-player",{numberOfInputs:0,outputChannelCount:[1]}),this.node.port.onmessage=({data:s})=>this.#o(s);let t={type:"port",port:e};this.node.port.postMessage(t,[e]),this.node.connect(this.#t)}async resume(){await Promise.all([this.#e.resume(),this.#i?.play()])}interrupt(){this.#n({type:"interrupt"})}drop(){this.#n({type:"drop"})}set volume(e){this.#r=e,this.#a()}set isDucked(e){this.#s!==e&&(this.#s=e,this.#a())}async useSpeaker(e){let t=this.#e;Pe()&&await t.setSinkId?.(e)}close(){this.#i&&(this.#i.srcObject=null),this.#e.state!=="closed"&&this.#e.close()}#n(e){this.node?.port.postMessage(e)}#a(){let e=this.#r*(this.#s?ai:1);this.#t.gain.setTargetAtTime(e,this.#e.currentTime,li)}#c(){let e=navigator.audioSession;e&&(e.type="play-and-record");let t=this.#e.createMediaStreamDestination();this.#t.connect(t),this.#i=Object.assign(new Audio,{srcObject:t.stream}),this.#i.setAttribute("playsinline",""),this.#i.play().catch(()=>{})}};var Ne=class{#e;#t=!1;constructor(){this.request=this.request.bind(this)}start(){this.#t=!0,document.addEventListener("visibilitychange",this.request),this.request()}stop(){this.#t=!1,document.removeEventListener("visibilitychange",this.request),this.#e?.release(),this.#e=void 0}async request(){if(!(document.visibilityState!=="visible"||!("wakeLock"in navigator)))try{let e=await navigator.wakeLock.request("screen");this.#t?this.#e=e:e.release()}catch{}}};var ze=class{constructor(e,t,s){this.#o=new Ne;this.levels={user:0,agent:0};this.isMuted=!1;this.isOff=!1;this.#i=e,this.#t=t,this.#e=s}#e;#t;#o;#i;#r;#s;get isMicrophoneOn(){return this.#r?.isOn??!1}get isSoundBlocked(){return this.#s?.isBlocked??!1}start(e,t){this.#i=e,this.isMuted=this.isOff=!1,this.#s=new He(s=>this.#a(s)),t&&(this.#r=new Le({report:s=>this.#n(s),lost:()=>this.#c()}))}async openMicrophone(e){await this.#r?.open(e,this.#i.microphone)}async openPlayer(e){this.#o.start();let{speaker:t,volume:s}=this.#i;this.volume=s,await this.#s?.open(e),t&&await this.useSpeaker(t)}close(){this.#o.stop(),this.#r?.close(),this.#s?.close(),this.#r=this.#s=void 0,this.levels.user=this.levels.agent=0}set volume(e){this.#i.volume=e,this.#s&&(this.#s.volume=e)}set isAgentSpeaking(e){this.#r?.expectEcho(e),!e&&this.#s&&(this.#s.isDucked=!1)}mute(e){this.isMuted=e,this.#r?.mute(e)}async switchOff(e){this.isOff=e,e?this.#r?.off():await this.useMicrophone(this.#i.microphone)}async useMicrophone(e){this.#i.microphone=e;try{await this.#r?.use(e),this.#r?.mute(this.isMuted)}catch(t){this.#e.note(Ce(t))}}async useSpeaker(e){this.#i.speaker=e,await this.#s?.useSpeaker(e).catch(()=>this.#e.note("speaker"))}interrupt(){this.#s?.interrupt()}drop(){this.#s?.drop()}async unblock(){await this.#s?.resume().catch(()=>{})}#n({level:e,isSpeech:t}){this.levels.user=e,this.#s&&(this.#s.isDucked=t&&!this.isMuted&&this.#e.canInterrupt()),!t&&!this.isMuted&&Nt(this.#t,this.levels)}#a({reply:e,ms:t,level:s,underruns:r,dropped:o}){this.levels.agent=s,this.#t.underruns=r,this.#t.droppedFrames=o,this.#e.played(e,t)}#c(){this.#e.note("microphone_lost"),this.useMicrophone("")}};var De=class{constructor(e,t){this.#i=tt;this.#r=Wt;this.#n=!1;this.agent="";this.features=[];this.idleSeconds=0;this.isHeld=!1;this.notice="";this.figures=Ht();this.#o=e,this.#e=t,this.#t=new ze(e.settings,this.figures,{canInterrupt:()=>this.mode==="open"&&this.phase==="speaking",played:(s,r)=>this.#g(s,r),note:s=>this.#u(s)})}#e;#t;#o;#i;#r;#s;#n;get phase(){return this.#i.phase}get reason(){return this.#i.reason}get isLive(){return st(this.phase)}get transcript(){return this.#r}get mode(){return this.#o.settings.mode}get levels(){return this.#t.levels}get isMuted(){return this.#t.isMuted}get isOff(){return this.#t.isOff}get isMicrophoneOn(){return this.#t.isMicrophoneOn}get hasMicrophone(){return this.#n}get isSoundBlocked(){return this.isLive&&this.#t.isSoundBlocked}start(e,{microphone:t=!0}={}){if(this.isLive)return;this.#o=e,this.notice="",this.isHeld=!1,this.#n=t,this.#r.sayings.length&&(this.#r=nt(this.#r)),this.#l({type:"start"});let s=Dt();if(s)return this.#p(s);this.#t.start(e.settings,t),this.#s=new Oe(e.open,r=>this.#c(r)),this.#a(this.#s)}end(){this.isLive&&(this.#h(),this.#l({type:"end",reason:"bye"}))}interrupt(){this.phase==="thinking"?this.#s?.send({type:"interrupt",reply:0,ms:0}):this.phase==="speaking"&&this.#t.interrupt()}mute(e){this.#t.mute(e),this.#s?.send({type:"mute",on:e}),this.#e()}async switchOff(e){let t=this.#t.switchOff(e);this.mute(e),await t,this.#e()}hold(e){this.mode==="open"||this.isHeld===e||!this.isLive||(this.isHeld=e,e&&this.#t.drop(),this.#s?.send({type:"hold",on:e}),this.#e())}setMode(e){this.hold(!1),this.#o.settings.mode=e,this.#m(),this.#e()}say(e){this.#t.drop(),this.#s?.send({type:"text",text:e})}confirm(e,t){this.#s?.send({type:"confirm",id:e,allow:t})}again(){this.#t.drop(),this.#s?.send({type:"again"})}async unblock(){await this.#t.unblock(),this.#e()}dismissNotice(){this.#u("")}set volume(e){this.#t.volume=e}async useMicrophone(e){await this.#t.useMicrophone(e),this.#e()}async useSpeaker(e){await this.#t.useSpeaker(e)}async#a(e){let[t,s]=Vt(),[r,o]=Vt();e.connect(s,o);try{await this.#t.openMicrophone(t)}catch(n){e===this.#s&&this.#p(Ce(n));return}e===this.#s&&(await this.#t.openPlayer(r),e===this.#s&&await e.open())}#c(e){switch(e.type){case"ready":return this.#d(e.ready,e.isResumed);case"message":return this.#f(e.message);case"lost":return this.#l({type:"lost"});case"end":return this.#h(),this.#l(e);case"fail":return this.#p(e.key)}}#d(e,t){this.agent=e.agent.name,this.features=e.agent.features,this.idleSeconds=e.limits.idle_s,t?this.figures.resumes++:(this.phase==="reconnecting"&&(this.figures.newTalks++,this.#r=nt(this.#r),this.isHeld=!1),this.#m(),this.isMuted&&this.#s?.send({type:"mute",on:!0})),this.#l({type:"resumed"})}#f(e){switch(e.type){case"phase":return this.#t.isAgentSpeaking=e.value==="speaking",this.#l({type:"phase",value:e.value});case"flush":this.figures.flushes++;return;case"metric":return this.figures.responseMs=e.response_ms,this.figures.agentMs=e.agent_ms,this.#e();case"error":return this.#u(e.key);case"end":return e.reason==="error"?this.#p(e.key??"internal"):(this.#h(),this.#l({type:"end",reason:e.reason}));default:return this.#r=jt(this.#r,e),this.#e()}}#g(e,t){let s=qt(this.#r,e,t);s!==this.#r&&(this.#r=s,this.#e())}#m(){this.#s?.send({type:"mode",value:this.mode==="open"?"open":"hold"})}#u(e){this.notice=e,this.#e()}#p(e){this.#h(),this.#l({type:"fail",key:e})}#h(){this.#s?.close(),this.#s=void 0,this.#t.close(),this.isHeld=!1}#l(e){this.#i=zt(this.#i,e),this.#e()}},Vt=()=>{let{port1:i,port2:e}=new MessageChannel;return[i,e]};var ct=class{#e;#t="";#o=new Set;get current(){return this.#e}get agent(){return this.#t}with(e){return this.#t===e?this.#e:void 0}start(e,t,s){return this.#e?.end(),(this.#t!==e||!this.#e)&&(this.#t=e,this.#e=new De(t,()=>this.#i())),this.#e.start(t,s),this.#e}subscribe(e){return this.#o.add(e),()=>this.#o.delete(e)}#i(){for(let e of this.#o)e()}},w=new ct;addEventListener("pagehide",i=>{i.persisted||w.current?.end()});var Jt,Xt=i=>{Jt=i},ee=()=>Jt;var ci="playai",di=(i,e)=>e.startsWith("conversation.")&&i.entities[e]?.platform===ci,Qt=i=>Object.keys(i.entities).filter(e=>di(i,e)),Zt=(i,e)=>{let t=i.states[e]?.attributes.friendly_name;return typeof t=="string"?t:e};var A=class{#e;#t;constructor(e){this.#e=e,e.addController(this)}hostConnected(){this.#t=w.subscribe(()=>this.#e.requestUpdate())}hostDisconnected(){this.#t?.()}};var Ue={ATTRIBUTE:1,CHILD:2,PROPERTY:3,BOOLEAN_ATTRIBUTE:4,EVENT:5,ELEMENT:6},Ie=i=>(...e)=>({_$litDirective$:i,values:e}),te=class{constructor(e){}get _$AU(){return this._$AM._$AU}_$AT(e,t,s){this._$Ct=e,this._$AM=t,this._$Ci=s}_$AS(e,t){return this.update(e,t)}update(e,t){return this.render(...t)}};var es=Ie(class extends te{constructor(i){if(super(i),i.type!==Ue.ATTRIBUTE||i.name!=="class"||i.strings?.length>2)throw Error("`classMap()` can only be used in the `class` attribute and must be the only part in the attribute.")}render(i){return" "+Object.keys(i).filter(e=>i[e]).join(" ")+" "}update(i,[e]){if(this.st===void 0){this.st=new Set,i.strings!==void 0&&(this.nt=new Set(i.strings.join(" ").split(/\s/).filter(s=>s!=="")));for(let s in e)e[s]&&!this.nt?.has(s)&&this.st.add(s);return this.render(e)}let t=i.element.classList;for(let s of this.st)s in e||(t.remove(s),this.st.delete(s));for(let s in e){let r=!!e[s];r===this.st.has(s)||this.nt?.has(s)||(r?(t.add(s),this.st.add(s)):(t.remove(s),this.st.delete(s)))}return T}});var{I:pi}=Rt,ts=i=>i;var ss=()=>document.createComment(""),se=(i,e,t)=>{let s=i._$AA.parentNode,r=e===void 0?i._$AB:e._$AA;if(t===void 0){let o=s.insertBefore(ss(),r),n=s.insertBefore(ss(),r);t=new pi(o,n,i,i.options)}else{let o=t._$AB.nextSibling,n=t._$AM,l=n!==i;if(l){let a;t._$AQ?.(i),t._$AM=i,t._$AP!==void 0&&(a=i._$AU)!==n._$AU&&t._$AP(a)}if(o!==r||l){let a=t._$AA;for(;a!==o;){let u=ts(a).nextSibling;ts(s).insertBefore(a,r),a=u}}}return t},U=(i,e,t=i)=>(i._$AI(e,t),i),hi={},is=(i,e=hi)=>i._$AH=e,rs=i=>i._$AH,Ke=i=>{i._$AR(),i._$AA.remove()};var os=(i,e,t)=>{let s=new Map;for(let r=e;r<=t;r++)s.set(i[r],r);return s},ns=Ie(class extends te{constructor(i){if(super(i),i.type!==Ue.CHILD)throw Error("repeat() can only be used in text expressions")}dt(i,e,t){let s;t===void 0?t=e:e!==void 0&&(s=e);let r=[],o=[],n=0;for(let l of i)r[n]=s?s(l,n):n,o[n]=t(l,n),n++;return{values:o,keys:r}}render(i,e,t){return this.dt(i,e,t).values}update(i,[e,t,s]){let r=rs(i),{values:o,keys:n}=this.dt(e,t,s);if(!Array.isArray(r))return this.ut=n,o;let l=this.ut??=[],a=[],u,g,p=0,y=r.length-1,f=0,x=o.length-1;for(;p<=y&&f<=x;)if(r[p]===null)p++;else if(r[y]===null)y--;else if(l[p]===n[f])a[f]=U(r[p],o[f]),p++,f++;else if(l[y]===n[x])a[x]=U(r[y],o[x]),y--,x--;else if(l[p]===n[x])a[x]=U(r[p],o[x]),se(i,a[x+1],r[p]),p++,x--;else if(l[y]===n[f])a[f]=U(r[y],o[f]),se(i,r[p],r[y]),y--,f++;else if(u===void 0&&(u=os(n,f,x),g=os(l,p,y)),u.has(l[p]))if(u.has(l[y])){let S=g.get(n[f]),Q=S!==void 0?r[S]:null;if(Q===null){let ft=se(i,r[p]);U(ft,o[f]),a[f]=ft}else a[f]=U(Q,o[f]),se(i,r[p],Q),r[S]=null;f++}else Ke(r[y]),y--;else Ke(r[p]),p++;for(;f<=x;){let S=se(i,a[x+1]);U(S,o[f]),a[f++]=S}for(;p<=y;){let S=r[p++];S!==null&&Ke(S)}return this.ut=n,is(i,a),T}});var as={HassTurnOn:"tool_on",HassTurnOff:"tool_off",HassLightSet:"tool_set",HassSetPosition:"tool_set",HassClimateSetTemperature:"tool_set",HassSetVolume:"tool_set",HassGetState:"tool_get",GetLiveContext:"tool_get"},ls=(i,e)=>{let t=i.split("__").at(-1)??i,s=Object.hasOwn(as,t)?as[t]:void 0;if(s)return e(s);let r=t.replace(/^Hass/,"").replace(/([a-z])([A-Z])/g,"$1 $2").replaceAll("_"," ");return r.charAt(0).toUpperCase()+r.slice(1).toLowerCase()},cs=i=>{for(let e of["name","area","floor","item","domain"]){let t=i[e],s=Array.isArray(t)?t.join(", "):t;if(typeof s=="string"&&s)return s}return""};var k=i=>e=>{customElements.get(i)||customElements.define(i,e)};var ui={microphone:E`<rect x="9" y="3" width="6" height="11" rx="3"/><path d="M5 11a7 7 0 0 0 14 0M12 18v3"/>`,muted:E`<path d="M9 9v2a3 3 0 0 0 5 2.2M15 10V6a3 3 0 0 0-5.8-1M5 11a7 7 0 0 0 11 5.7M19 11a7 7 0 0 1-.6 2.8M12 18v3M4 3l16 17"/>`,end:E`<path d="M3 14c5-5 13-5 18 0l-2 3-4-1.5v-2.5c-2-.6-4-.6-6 0v2.5L5 17z"/>`,keyboard:E`<rect x="2.5" y="6" width="19" height="12" rx="2"/><path d="M6 10h.01M10 10h.01M14 10h.01M18 10h.01M8 14h8"/>`,settings:E`<path d="M4 7h9M19 7h1M4 12h2M12 12h8M4 17h9M19 17h1"/><circle cx="16" cy="7" r="2.5"/><circle cx="9" cy="12" r="2.5"/><circle cx="16" cy="17" r="2.5"/>`,expand:E`<path d="M14 4h6v6M20 4l-7 7M10 20H4v-6M4 20l7-7"/>`,close:E`<path d="M6 6l12 12M18 6L6 18"/>`,send:E`<path d="M12 20V4M5 11l7-7 7 7"/>`,stop:E`<rect x="7" y="7" width="10" height="10" rx="2"/>`,done:E`<path d="M5 12l5 5 9-10"/>`,warning:E`<path d="M12 4l9 16H3zM12 10v4M12 17h.01"/>`},$=i=>d`<svg
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
    ${ui[i]}
  </svg>`;var _=v`
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
`;var mi=40,H=class extends b{constructor(){super(...arguments);this.sayings=[];this.text=()=>"";this.confirm=()=>{};this.follows=!0;this.scrolled=()=>{let{scrollTop:t,scrollHeight:s,clientHeight:r}=this.list;this.follows=s-t-r<mi}}render(){let{sayings:t,text:s}=this;return d`
      <div
        class="captions"
        role="log"
        aria-live="off"
        aria-label=${s("captions")}
        tabindex="0"
        @scroll=${this.scrolled}
      >
        ${ns(t,({key:r})=>r,r=>this.saying(r))}
      </div>
      <div class="hidden" aria-live="polite">${this.lastSentence()}</div>
    `}updated(){this.follows&&(this.list.scrollTop=this.list.scrollHeight)}saying(t){switch(t.kind){case"user":return d`<p class=${es({user:!0,partial:!t.isFinal})} dir="auto">${t.text}</p>`;case"agent":return this.agentSaying(t);case"tool":return this.tool(t);case"confirm":return this.question(t)}}agentSaying(t){let s=lt(t).trimStart(),r=Gt(t);return!s&&!r?h:d`<p class="agent" dir="auto">${s}${r?d`<s>${r}</s>`:h}</p>`}tool({name:t,arguments:s,status:r,result:o}){let n=r==="running"?d`<span class="spinner"></span>`:$(r==="done"?"done":"warning");return d`<p class="tool ${r}" title=${o??""}>
      ${n}<span>${this.action(t,s)}</span>
      <span class="hidden">${this.text(r)}</span>
    </p>`}question({id:t,name:s,arguments:r,allow:o}){return o!==void 0?d`<p class="tool ${o?"done":"failed"}">
        ${$(o?"done":"close")}
        <span>${this.action(s,r)}: ${this.text(o?"allowed":"denied")}</span>
      </p>`:d`<div class="ask" role="alertdialog" aria-label=${this.text("ask")}>
      <p>${this.text("ask")} <b>${this.action(s,r)}</b></p>
      <div class="choices">
        <button class="text main" @click=${()=>this.confirm(t,!0)}>${this.text("allow")}</button>
        <button class="text" @click=${()=>this.confirm(t,!1)}>${this.text("deny")}</button>
      </div>
    </div>`}action(t,s){let r=cs(s);return ls(t,this.text)+(r&&` · ${r}`)}lastSentence(){let t=this.sayings.findLast(s=>s.kind==="user"&&s.isFinal||s.kind==="agent"&&s.totalMs!==void 0);return t?.kind==="user"?`${this.text("you")}: ${t.text}`:t?.kind==="agent"?t.parts.map(({text:s})=>s).join(""):""}};H.styles=[_,v`
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
        color: var(--secondary-text-color, #616161);
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
        .spinner {
          animation: none;
        }
      }
    `],c([m({attribute:!1})],H.prototype,"sayings",2),c([m({attribute:!1})],H.prototype,"text",2),c([m({attribute:!1})],H.prototype,"confirm",2),c([R(".captions")],H.prototype,"list",2),H=c([k("playai-captions")],H);var I=class extends b{constructor(){super(...arguments);this.text=()=>"";this.typed=t=>{t.key==="Enter"&&!t.shiftKey&&!t.isComposing&&this.send(t),t.key!=="Escape"&&t.stopPropagation()};this.send=t=>{t.preventDefault();let s=this.box.value.trim();s&&(this.call?.say(s),this.box.value="")}}focus(){this.updateComplete.then(()=>this.box.focus())}render(){let{text:t}=this;return d`<form @submit=${this.send}>
      <textarea
        rows="1"
        maxlength="4000"
        aria-label=${t("message")}
        placeholder=${t("message")}
        @keydown=${this.typed}
      ></textarea>
      <button class="icon main" aria-label=${t("send")} title=${t("send")}>${$("send")}</button>
    </form>`}};I.styles=[_,v`
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
    `],c([m({attribute:!1})],I.prototype,"call",2),c([m({attribute:!1})],I.prototype,"text",2),c([R("textarea")],I.prototype,"box",2),I=c([k("playai-composer")],I);var ds=v`
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
  playai-talk-button {
    inline-size: clamp(96px, 42cqmin, 240px);
  }
  .talks .stage {
    flex: 0 0 auto;
  }
  .talks playai-talk-button {
    inline-size: clamp(72px, 30cqmin, 200px);
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
    .talks playai-talk-button {
      inline-size: 72px;
    }
    .talks .words {
      min-inline-size: 40%;
      min-block-size: 0;
    }
  }
`;var ps={invalid_key:"error_key",key_not_allowed:"error_key",unknown_agent:"error_not_found",too_many_connections:"error_busy",cannot_connect:"error_agent_away",connection_lost:"error_agent_away",not_this_server:"error_agent_away",not_encrypted:"error_agent_away",tls:"error_agent_away",agent_hung_up:"ended_agent"},dt=(i,e)=>{let t=Object.hasOwn(ps,i)?ps[i]:void 0;if(t)return t;let s=`error_${i}`;return s in e?s:"error_agent_failed"};var fi=new Set(["permission","no_microphone","microphone_busy","microphone"]),hs=(i,e,t)=>{let s=e.get;return i?.phase==="failed"?gi(i,e,t):i?.phase==="ended"?i.reason==="bye"?h:d`<div class="notice over" role="status">
      <span>${s(`ended_${i.reason}`)}</span>
    </div>`:i?.isSoundBlocked?d`<div class="notice" role="alert">
      <button class="text main" @click=${()=>i.unblock()}>${s("hear")}</button>
    </div>`:i?.notice?d`<div class="notice" role="alert">
    <span>${s(dt(i.notice,e.all))}</span>
    <button class="icon" aria-label=${s("dismiss")} @click=${()=>i.dismissNotice()}>${$("close")}</button>
  </div>`:h},gi=({reason:i},e,{typing:t,start:s})=>{let r=e.get,o=i==="old_page"?d`<button class="text main" @click=${()=>location.reload()}>${r("reload")}</button>`:d`<button class="text" @click=${()=>s(!0)}>${r("retry")}</button>`,n=d`<button class="text" @click=${()=>s(!1)}>${r("type_instead")}</button>`;return d`<div class="notice error" role="alert">
    <span>${r(dt(i,e.all))}</span>
    ${o} ${fi.has(i)&&t?n:h}
  </div>`};var Be=new Set,pt=new Set,us=new IntersectionObserver(i=>{for(let{target:e,isIntersecting:t}of i)t?Be.add(e):Be.delete(e);for(let e of pt)e()}),ms=i=>us.observe(i),fs=i=>{us.unobserve(i),Be.delete(i);for(let e of pt)e()},gs=()=>Be.size>0,ys=i=>{pt.add(i)};var vs="playai-talk",yi={microphone:"",speaker:"",volume:1},fe=()=>{try{let i=JSON.parse(localStorage.getItem(vs)??"{}");return{microphone:String(i.microphone??""),speaker:String(i.speaker??""),volume:Math.min(1,Math.max(0,Number(i.volume??1)))||0}}catch{return yi}},We=i=>{try{localStorage.setItem(vs,JSON.stringify({...fe(),...i}))}catch{}};var vi=["open","hold","toggle"],ie=i=>i.target.value,C=class extends b{constructor(){super();this.text=()=>"";this.mode="open";this.agentName="";this.devices=[];this.list=()=>{this.listDevices()};this.chooseMicrophone=t=>{We({microphone:ie(t)}),this.call?.isLive&&this.call.useMicrophone(ie(t))};this.chooseSpeaker=t=>{We({speaker:ie(t)}),this.call?.isLive&&this.call.useSpeaker(ie(t))};this.changeVolume=t=>{let s=Number(ie(t));We({volume:s}),this.call&&(this.call.volume=s)};this.changeMode=t=>{let s=ie(t);this.dispatchEvent(new CustomEvent("mode-changed",{detail:s}))};this.copyText=()=>{let t=Yt(this.call.transcript,this.text("you"),this.agentName);this.copy(t,"copy")};this.copyFigures=()=>{let{figures:t,phase:s,reason:r,features:o,mode:n}=this.call,l={...t,phase:s,reason:r,features:o,mode:n,browser:navigator.userAgent};this.copy(JSON.stringify(l,null,2),"copy_figures")};new A(this)}connectedCallback(){super.connectedCallback(),navigator.mediaDevices?.addEventListener("devicechange",this.list),this.list()}disconnectedCallback(){super.disconnectedCallback(),navigator.mediaDevices?.removeEventListener("devicechange",this.list)}render(){let{call:t,text:s}=this,r=fe();return d`
      ${this.select("audioinput","microphone",r.microphone,this.chooseMicrophone)}
      ${Pe()?this.select("audiooutput","speaker",r.speaker,this.chooseSpeaker):h}
      <label>
        ${s("volume")}
        <input type="range" min="0" max="1" step="0.05" .value=${String(r.volume)} @input=${this.changeVolume} />
      </label>
      <label>
        ${s("mode")}
        <select @change=${this.changeMode}>
          ${vi.map(o=>d`<option value=${o} ?selected=${o===this.mode}>${s(`mode_${o}`)}</option>`)}
        </select>
      </label>
      <div class="actions">
        ${t?.isLive?d`<button class="text" @click=${()=>t.again()}>${s("again")}</button>`:h}
        ${t?.isLive&&t.hasMicrophone?d`<button class="text" aria-pressed=${t.isOff} @click=${()=>t.switchOff(!t.isOff)}>
                ${s("microphone_off")}
              </button>`:h}
        ${t?.transcript.sayings.length?d`<button class="text" @click=${this.copyText}>${s(this.copied==="copy"?"copied":"copy")}</button>`:h}
      </div>
      ${t?this.figures(t):h}
    `}select(t,s,r,o){let n=this.devices.filter(l=>l.kind===t&&l.deviceId&&l.deviceId!=="default");return d`<label>
      ${this.text(s)}
      <select @change=${o}>
        <option value="" ?selected=${!r}>${this.text("device_default")}</option>
        ${n.map(({deviceId:l,label:a})=>d`<option value=${l} ?selected=${l===r}>${a||l.slice(0,8)}</option>`)}
      </select>
    </label>`}figures(t){let{responseMs:s,agentMs:r,underruns:o,resumes:n,echoDb:l}=t.figures,a=[["figure_response",s===void 0?void 0:`${Math.round(s)} ms`],["figure_agent",r===void 0?void 0:`${Math.round(r)} ms`],["figure_underruns",`${o}`],["figure_resumes",`${n}`],["figure_echo",l===void 0?void 0:`${Math.round(l)} dB`]];return d`<details>
      <summary>${this.text("figures")}</summary>
      <dl>
        ${a.map(([u,g])=>g===void 0?h:d`<dt>${this.text(u)}</dt><dd>${g}</dd>`)}
      </dl>
      <button class="text" @click=${this.copyFigures}>
        ${this.text(this.copied==="copy_figures"?"copied":"copy_figures")}
      </button>
    </details>`}async listDevices(){this.devices=await navigator.mediaDevices?.enumerateDevices()??[]}async copy(t,s){await navigator.clipboard.writeText(t),this.copied=s}};C.styles=[_,v`
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
    `],c([m({attribute:!1})],C.prototype,"call",2),c([m({attribute:!1})],C.prototype,"text",2),c([m()],C.prototype,"mode",2),c([m()],C.prototype,"agentName",2),c([G()],C.prototype,"devices",2),c([G()],C.prototype,"copied",2),C=c([k("playai-settings")],C);var re=(i,e)=>{if(!i||!i.isLive)return"tap_to_talk";let{phase:t}=i;if(t==="listening"||t==="hearing"){if(!i.hasMicrophone)return"status_typing";if(i.isMuted)return"status_muted";if(e!=="open"&&!i.isHeld)return e==="hold"?"hint_hold":"hint_toggle"}return`status_${t}`},ge=i=>i?.phase==="speaking"||i?.phase==="thinking",bs=(i,e)=>{if(i?.isLive)return i.isHeld?e==="hold"?"hint_release":"hint_done":ge(i)&&e==="open"?"hint_interrupt":void 0},xs=(i,e)=>i?.isLive?e==="open"?"interrupt":e==="hold"?"hint_hold":"hint_toggle":"talk";var $s=({phase:i,user:e,agent:t,isMuted:s})=>{let r={radius:.62,wobble:0,speed:0,isWaiting:!1};switch(i){case"idle":case"ended":return{...r,color:"user"};case"failed":return{...r,color:"problem"};case"connecting":case"reconnecting":return{...r,color:"idle",isWaiting:!0,speed:1};case"thinking":return{color:"agent",radius:.62,wobble:.05,speed:1.2,isWaiting:!0};case"speaking":{let o=Math.max(t,e);return{color:"agent",radius:.62+.2*o,wobble:.05+.12*o,speed:1+o,isWaiting:!1}}case"listening":case"hearing":{if(s)return{...r,color:"idle"};let o=.62+.2*e,n=.03+.1*e;return{color:"user",radius:o,wobble:n,speed:.5+e,isWaiting:!1}}}};var bi=[{alpha:.22,grow:1.16,pace:.7,waves:3},{alpha:.34,grow:1.07,pace:-.9,waves:4},{alpha:1,grow:1,pace:1,waves:3}],ks=72,xi=.22,$i=1/1e3,N=class extends b{constructor(){super(...arguments);this.phase="idle";this.muted=!1;this.levels={user:0,agent:0};this.frame=0;this.stillness=matchMedia("(prefers-reduced-motion: reduce)");this.sizes=new ResizeObserver(()=>this.draw());this.draw=()=>{cancelAnimationFrame(this.frame),this.frame=0;let t=this.canvas?.getContext("2d");if(!t||!this.isConnected)return;let s=$s({phase:this.phase,isMuted:this.muted,...this.levels}),r=this.stillness.matches,o=r?{...s,wobble:0}:this.approach(s);this.paint(t,o,r?0:performance.now()*$i),s.speed>0&&!r&&(this.frame=requestAnimationFrame(this.draw))}}connectedCallback(){super.connectedCallback(),this.sizes.observe(this),this.draw()}disconnectedCallback(){super.disconnectedCallback(),this.sizes.disconnect(),cancelAnimationFrame(this.frame),this.frame=0}render(){return d`<canvas></canvas>`}updated(t){this.colors=void 0,this.draw()}approach(t){let s=this.shown??t,r=(o,n)=>o+(n-o)*xi;return this.shown=t.speed===0?t:{...t,radius:r(s.radius,t.radius),wobble:r(s.wobble,t.wobble)},this.shown}paint(t,s,r){let o=devicePixelRatio,n=Math.round(this.clientWidth*o);this.canvas.width!==n&&(this.canvas.width=this.canvas.height=n),t.clearRect(0,0,n,n);let l=n/2;t.fillStyle=t.strokeStyle=this.color(s.color);for(let{alpha:a,grow:u,pace:g,waves:p}of bi){t.globalAlpha=a;let y=Math.min(.98,s.radius*u)*l;t.beginPath();for(let f=0;f<=ks;f++){let x=2*Math.PI*f/ks,S=Math.sin(p*x+r*g*2.1)+Math.sin((p-1)*x-r*g*1.3),Q=Math.min(l,y*(1+s.wobble*S/2));t.lineTo(l+Q*Math.cos(x),l+Q*Math.sin(x))}t.fill()}if(t.globalAlpha=1,s.isWaiting){t.lineWidth=3*o,t.lineCap="round",t.beginPath();let a=r*2.5;t.arc(l,l,l*.9,a,a+Math.PI/2),t.stroke()}}color(t){if(!this.colors){let s=getComputedStyle(this),r=o=>s.getPropertyValue(`--orb-${o}`).trim();this.colors={user:r("user"),agent:r("agent"),problem:r("problem"),idle:r("idle")}}return this.colors[t]}};N.styles=v`
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
  `,c([m()],N.prototype,"phase",2),c([m({type:Boolean})],N.prototype,"muted",2),c([m({attribute:!1})],N.prototype,"levels",2),c([R("canvas")],N.prototype,"canvas",2),N=c([k("playai-orb")],N);var z=class extends b{constructor(){super();this.label="";this.mode="open";this.disabled=!1;this.tapped=()=>{let{call:t}=this;t?.isLive?this.mode==="open"?t.interrupt():this.mode==="toggle"&&t.hold(!t.isHeld):this.dispatchEvent(new CustomEvent("talk"))};this.pointed=t=>{this.mode!=="hold"||!this.call?.isLive||t.button!==0||(t.currentTarget.setPointerCapture(t.pointerId),this.call.hold(!0))};this.pressed=t=>{let s=t.key===" "||t.key==="Enter";this.mode==="hold"&&this.call?.isLive&&s&&!t.repeat&&this.call.hold(!0)};this.released=()=>{this.mode==="hold"&&this.call?.hold(!1)};new A(this)}disconnectedCallback(){super.disconnectedCallback(),this.call?.hold(!1)}render(){let{call:t,mode:s}=this;return d`<button
      aria-label=${this.label}
      aria-pressed=${s!=="open"&&t?.isLive?t.isHeld:h}
      ?disabled=${this.disabled}
      @click=${this.tapped}
      @pointerdown=${this.pointed}
      @pointerup=${this.released}
      @pointercancel=${this.released}
      @keydown=${this.pressed}
      @keyup=${this.released}
      @contextmenu=${r=>r.preventDefault()}
    >
      <playai-orb .phase=${t?.phase??"idle"} .muted=${t?.isMuted??!1} .levels=${t?.levels}></playai-orb>
      <span class="glyph">${this.glyph()}</span>
    </button>`}glyph(){let{call:t}=this;return t?.isLive?t.isMuted?$("muted"):ge(t)?$("stop"):h:$("microphone")}};z.styles=[_,v`
      :host {
        display: block;
      }
      button {
        inline-size: 100%;
        aspect-ratio: 1;
        padding: 0;
        border-radius: 50%;
        position: relative;
        touch-action: none;
        user-select: none;
      }
      button:disabled {
        opacity: 1;
      }
      playai-orb {
        position: absolute;
        inset: 0;
        pointer-events: none;
      }
      .glyph {
        position: absolute;
        inset: 0;
        display: grid;
        place-items: center;
        color: #fff;
        pointer-events: none;
      }
    `],c([m({attribute:!1})],z.prototype,"call",2),c([m()],z.prototype,"label",2),c([m()],z.prototype,"mode",2),c([m({type:Boolean})],z.prototype,"disabled",2),z=c([k("playai-talk-button")],z);var ki=new Set(["unauthorized","not_found","not_ready","too_many_talks"]),_i=i=>{let e=i?.code;return typeof e!="string"?"home_away":e==="unknown_command"?"not_ready":ki.has(e)?e:"internal"},wi=(i,e)=>{let t=r=>r.split("-")[0].toLowerCase();return e.some(r=>r==="*"||t(r)===t(i))?i:e[0]??i},Mi=async(i,e)=>{let{agents:t}=await i.callWS({type:"playai/talk/agents"}),s=t.find(({entity_id:r})=>r===e);return wi(i.locale.language,s?.languages??[])},_s=async(i,{agent:e,areaId:t})=>{try{let{protocol:s,path:r}=await i.callWS({type:"playai/talk/open",agent:e,language:await Mi(i,e),...t&&{area_id:t}});return{protocol:s,path:r,base:new URL(i.hassUrl(),location.href).href}}catch(s){throw new D(_i(s))}};var je=(i,e)=>w.start(i.agent,{open:()=>{let t=ee();if(!t||!i.agent)throw new D(t?"no_agent":"home_away");return _s(t,i)},settings:{...fe(),mode:i.mode}},e);var ws=["cs","da","de","en","es","fr","it","nl","pl","pt-BR","pt","sv"],ht=new Map,Ei=i=>{let e=i.toLowerCase();return ws.find(s=>s.toLowerCase()===e)??ws.find(s=>s===e.split("-")[0])??"en"},Ms=i=>{let e=Ei(i),t=ht.get(e);return t||(t=import(new URL(`./language-${e}.js`,import.meta.url).href).then(r=>r.default),ht.set(e,t),t.catch(()=>ht.delete(e))),t};var K=class{constructor(e,t){this.#o="";this.#i={};this.get=e=>this.#i[e]??"";this.#e=e,this.#t=t,e.addController(this)}#e;#t;#o;#i;get all(){return this.#i}hostUpdate(){let e=this.#t();e!==this.#o&&(this.#o=e,Ms(e).then(t=>{this.#i=t,this.#e.requestUpdate()},()=>{this.#o=""}))}};var M=class extends b{constructor(){super();this.target={agent:"",name:"",mode:"open"};this.captions=!0;this.typing=!0;this.preview=!1;this.corner="expand";this.hasSettings=!1;this.isTyping=!1;this.texts=new K(this,()=>ee()?.locale.language??"en");this.pressed=t=>{if(t.key==="Escape"){if(this.hasSettings)this.hasSettings=!1;else if(ge(this.call))this.call.interrupt();else return;t.preventDefault(),t.stopPropagation()}};this.toggleMute=()=>{let t=this.call;t.isOff?t.switchOff(!1):t.mute(!t.isMuted)};this.toggleTyping=async()=>{this.isTyping=!this.isTyping,await this.updateComplete,this.composer?.focus()};this.modeChanged=({detail:t})=>{this.chosenMode=t,this.call?.isLive&&this.call.setMode(t)};this.turnCorner=()=>{this.dispatchEvent(new CustomEvent(this.corner,{bubbles:!0,composed:!0}))};new A(this)}connectedCallback(){super.connectedCallback(),ms(this)}disconnectedCallback(){super.disconnectedCallback(),fs(this)}get call(){return w.with(this.target.agent)}get mode(){return this.chosenMode??this.target.mode}render(){let{call:t,mode:s}=this,r=this.texts.get,o=t?.transcript.sayings??[],n=this.captions?o:o.filter(ot),l=n.length>0,a=bs(t,s);return d`
      <section class=${l?"talks":""} style="display:contents" @keydown=${this.pressed}>
        ${this.header()}
        <div class="stage">
          <playai-talk-button
            .call=${t}
            .mode=${s}
            .label=${r(xs(t,s))}
            .disabled=${this.preview}
            @talk=${()=>this.start(!0)}
          ></playai-talk-button>
          <div class="words">
            <p class="status">${r(re(t,s))}</p>
            <p class="hint">${a?r(a):h}</p>
          </div>
        </div>
        ${l?d`<playai-captions
                .sayings=${n}
                .text=${r}
                .confirm=${(u,g)=>t?.confirm(u,g)}
              ></playai-captions>`:h}
        ${hs(t,this.texts,{typing:this.typing,start:u=>this.start(u)})}
        ${t?.isLive&&this.isTyping?d`<playai-composer .call=${t} .text=${r}></playai-composer>`:h}
        ${this.controls()}
        ${this.hasSettings?d`<playai-settings
                .call=${t}
                .text=${r}
                .mode=${s}
                .agentName=${this.target.name}
                @mode-changed=${this.modeChanged}
              ></playai-settings>`:h}
      </section>
    `}willUpdate(t){t.has("target")&&t.get("target")?.agent!==this.target.agent&&(this.chosenMode=void 0)}header(){let{corner:t,hasSettings:s}=this;return d`<header>
      <h2>${this.target.name||this.call?.agent}</h2>
      <button
        class="icon"
        aria-label=${this.texts.get("settings")}
        title=${this.texts.get("settings")}
        aria-expanded=${s}
        @click=${()=>this.hasSettings=!s}
      >
        ${$(s?"close":"settings")}
      </button>
      ${t?this.iconButton(t,$(t),this.turnCorner):h}
    </header>`}controls(){let{call:t}=this;if(!t?.isLive)return h;let{isMuted:s}=t;return d`<div class="controls">
      ${t.hasMicrophone?this.iconButton(s?"unmute":"mute",$(s?"muted":"microphone"),this.toggleMute,s?"on":""):h}
      ${this.typing&&t.features.includes("text")?d`<button
              class="icon"
              aria-label=${this.texts.get("keyboard")}
              title=${this.texts.get("keyboard")}
              aria-pressed=${this.isTyping}
              @click=${this.toggleTyping}
            >
              ${$("keyboard")}
            </button>`:h}
      ${this.iconButton("end",$("end"),()=>t.end(),"danger")}
    </div>`}iconButton(t,s,r,o=""){let n=this.texts.get(t);return d`<button class="icon ${o}" aria-label=${n} title=${n} @click=${r}>
      ${s}
    </button>`}start(t){this.isTyping=!t,je({...this.target,mode:this.mode},{microphone:t})}};M.styles=[_,ds],c([m({attribute:!1})],M.prototype,"target",2),c([m({type:Boolean})],M.prototype,"captions",2),c([m({type:Boolean})],M.prototype,"typing",2),c([m({type:Boolean})],M.prototype,"preview",2),c([m()],M.prototype,"corner",2),c([G()],M.prototype,"chosenMode",2),c([G()],M.prototype,"hasSettings",2),c([G()],M.prototype,"isTyping",2),c([R("playai-composer")],M.prototype,"composer",2),M=c([k("playai-conversation")],M);var ut="playai-dialog",J=class extends b{constructor(){super(...arguments);this.target={agent:"",name:"",mode:"open"};this.close=()=>this.dialog.close();this.clicked=t=>{t.target===this.dialog&&this.close()}}render(){return d`<dialog aria-label=${this.target.name} @close=${this.remove} @click=${this.clicked}>
      <playai-conversation .target=${this.target} corner="close" @close=${this.close}></playai-conversation>
    </dialog>`}connectedCallback(){super.connectedCallback(),addEventListener("location-changed",this.close),addEventListener("popstate",this.close)}disconnectedCallback(){super.disconnectedCallback(),removeEventListener("location-changed",this.close),removeEventListener("popstate",this.close)}firstUpdated(){this.dialog.showModal()}};J.styles=v`
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
  `,c([m({attribute:!1})],J.prototype,"target",2),c([R("dialog")],J.prototype,"dialog",2),J=c([k(ut)],J);var ye=i=>{if(document.querySelector(ut))return;let{dir:e}=document;document.body.append(Object.assign(document.createElement(ut),{target:i,dir:e}))};var mt="playai-pill",ve=class extends b{constructor(){super();this.texts=new K(this,()=>ee()?.locale.language??"en");this.open=()=>{let t=w.current;ye({agent:w.agent,name:t.agent,mode:t.mode})};new A(this),ys(()=>this.requestUpdate())}render(){let t=w.current;if(!t?.isLive||gs())return h;let s=this.texts.get,r=s(t.isMuted?"unmute":"mute");return d`<div role="region" dir=${document.dir} aria-label=${t.agent}>
      <button class="open" @click=${this.open}>
        <span class="dot ${t.isMuted||!t.isMicrophoneOn?"off":""}"></span>
        <span>${t.agent} · ${s(re(t,t.mode))}</span>
      </button>
      ${t.hasMicrophone?d`<button class="icon ${t.isMuted?"on":""}" aria-label=${r} @click=${()=>t.mute(!t.isMuted)}>
              ${$(t.isMuted?"muted":"microphone")}
            </button>`:h}
      <button class="icon danger" aria-label=${s("end")} @click=${()=>t.end()}>${$("end")}</button>
    </div>`}};ve.styles=[_,v`
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
    `],ve=c([k(mt)],ve);var Es=()=>{document.querySelector(mt)||document.body.append(document.createElement(mt))};var X=class extends b{constructor(){super(...arguments);this.config={}}connectedCallback(){super.connectedCallback(),Es()}willUpdate(){this.hass&&Xt(this.hass)}get target(){let{agent:t,name:s,area_id:r,mode:o="open"}=this.config,n=t??(this.hass&&Qt(this.hass)[0])??"",l=s||(this.hass&&n?Zt(this.hass,n):""),a={agent:n,name:l,areaId:r,mode:o};return JSON.stringify(a)!==JSON.stringify(this.shown)&&(this.shown=a),this.shown}};c([m({attribute:!1})],X.prototype,"hass",2),c([m({attribute:!1})],X.prototype,"config",2);var oe=class extends X{constructor(){super(...arguments);this.preview=!1}render(){let{show_captions:t=!0,show_text:s=!0}=this.config;return d`<div class="card">
      <playai-conversation
        .target=${this.target}
        .captions=${t}
        .typing=${s}
        .preview=${this.preview}
        @expand=${()=>ye(this.target)}
      ></playai-conversation>
    </div>`}};oe.styles=v`
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
  `,c([m({type:Boolean})],oe.prototype,"preview",2),oe=c([k("playai-card-view")],oe);var ne=class extends X{constructor(){super(...arguments);this.narrow=!1}render(){return d`<div class="page ${this.narrow?"narrow":""}">
      ${this.narrow?d`<ha-menu-button .hass=${this.hass} .narrow=${!0}></ha-menu-button>`:h}
      <playai-conversation .target=${this.target} corner=""></playai-conversation>
    </div>`}};ne.styles=v`
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
  `,c([m({type:Boolean})],ne.prototype,"narrow",2),ne=c([k("playai-panel-view")],ne);var qe=class extends X{constructor(){super();this.texts=new K(this,()=>this.hass?.locale.language??"en");this.talk=()=>{let{target:t}=this;w.with(t.agent)?.isLive||je(t),ye(t)};new A(this)}get label(){let t=w.with(this.target.agent);return t?.isLive?this.texts.get(re(t,t.mode)):this.texts.get("talk")}},be=class extends qe{render(){return d`<button @click=${this.talk}>
      ${$("microphone")}<span>${this.config.name||this.label}</span>
    </button>`}};be.styles=[_,v`
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
    `],be=c([k("playai-badge-view")],be);var ae=class extends qe{constructor(){super(...arguments);this.agent=""}willUpdate(){super.willUpdate(),this.config={...this.config,agent:this.agent}}render(){return d`<button @click=${this.talk}>${$("microphone")}<span>${this.label}</span></button>`}};ae.styles=[_,v`
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
    `],c([m()],ae.prototype,"agent",2),ae=c([k("playai-feature-view")],ae);
