var ri=Object.defineProperty;var oi=Object.getOwnPropertyDescriptor;var c=(i,e,t,s)=>{for(var r=s>1?void 0:s?oi(e,t):e,o=i.length-1,n;o>=0;o--)(n=i[o])&&(r=(s?n(e,t,r):n(r))||r);return s&&r&&ri(e,t,r),r};var Ee=globalThis,Ae=Ee.ShadowRoot&&(Ee.ShadyCSS===void 0||Ee.ShadyCSS.nativeShadow)&&"adoptedStyleSheets"in Document.prototype&&"replace"in CSSStyleSheet.prototype,ot=Symbol(),Ht=new WeakMap,fe=class{constructor(e,t,s){if(this._$cssResult$=!0,s!==ot)throw Error("CSSResult is not constructable. Use `unsafeCSS` or `css` instead.");this.cssText=e,this.t=t}get styleSheet(){let e=this.o,t=this.t;if(Ae&&e===void 0){let s=t!==void 0&&t.length===1;s&&(e=Ht.get(t)),e===void 0&&((this.o=e=new CSSStyleSheet).replaceSync(this.cssText),s&&Ht.set(t,e))}return e}toString(){return this.cssText}},Nt=i=>new fe(typeof i=="string"?i:i+"",void 0,ot),y=(i,...e)=>{let t=i.length===1?i[0]:e.reduce((s,r,o)=>s+(n=>{if(n._$cssResult$===!0)return n.cssText;if(typeof n=="number")return n;throw Error("Value passed to 'css' function must be a 'css' function result: "+n+". Use 'unsafeCSS' to pass non-literal values, but take care to ensure page security.")})(r)+i[o+1],i[0]);return new fe(t,i,ot)},Ut=(i,e)=>{if(Ae)i.adoptedStyleSheets=e.map(t=>t instanceof CSSStyleSheet?t:t.styleSheet);else for(let t of e){let s=document.createElement("style"),r=Ee.litNonce;r!==void 0&&s.setAttribute("nonce",r),s.textContent=t.cssText,i.appendChild(s)}},nt=Ae?i=>i:i=>i instanceof CSSStyleSheet?(e=>{let t="";for(let s of e.cssRules)t+=s.cssText;return Nt(t)})(i):i;var{is:ni,defineProperty:ai,getOwnPropertyDescriptor:li,getOwnPropertyNames:ci,getOwnPropertySymbols:di,getPrototypeOf:pi}=Object,Te=globalThis,Dt=Te.trustedTypes,hi=Dt?Dt.emptyScript:"",ui=Te.reactiveElementPolyfillSupport,ye=(i,e)=>i,ge={toAttribute(i,e){switch(e){case Boolean:i=i?hi:null;break;case Object:case Array:i=i==null?i:JSON.stringify(i)}return i},fromAttribute(i,e){let t=i;switch(e){case Boolean:t=i!==null;break;case Number:t=i===null?null:Number(i);break;case Object:case Array:try{t=JSON.parse(i)}catch{t=null}}return t}},Pe=(i,e)=>!ni(i,e),zt={attribute:!0,type:String,converter:ge,reflect:!1,useDefault:!1,hasChanged:Pe};Symbol.metadata??=Symbol("metadata"),Te.litPropertyMetadata??=new WeakMap;var N=class extends HTMLElement{static addInitializer(e){this._$Ei(),(this.l??=[]).push(e)}static get observedAttributes(){return this.finalize(),this._$Eh&&[...this._$Eh.keys()]}static createProperty(e,t=zt){if(t.state&&(t.attribute=!1),this._$Ei(),this.prototype.hasOwnProperty(e)&&((t=Object.create(t)).wrapped=!0),this.elementProperties.set(e,t),!t.noAccessor){let s=Symbol(),r=this.getPropertyDescriptor(e,s,t);r!==void 0&&ai(this.prototype,e,r)}}static getPropertyDescriptor(e,t,s){let{get:r,set:o}=li(this.prototype,e)??{get(){return this[t]},set(n){this[t]=n}};return{get:r,set(n){let l=r?.call(this);o?.call(this,n),this.requestUpdate(e,l,s)},configurable:!0,enumerable:!0}}static getPropertyOptions(e){return this.elementProperties.get(e)??zt}static _$Ei(){if(this.hasOwnProperty(ye("elementProperties")))return;let e=pi(this);e.finalize(),e.l!==void 0&&(this.l=[...e.l]),this.elementProperties=new Map(e.elementProperties)}static finalize(){if(this.hasOwnProperty(ye("finalized")))return;if(this.finalized=!0,this._$Ei(),this.hasOwnProperty(ye("properties"))){let t=this.properties,s=[...ci(t),...di(t)];for(let r of s)this.createProperty(r,t[r])}let e=this[Symbol.metadata];if(e!==null){let t=litPropertyMetadata.get(e);if(t!==void 0)for(let[s,r]of t)this.elementProperties.set(s,r)}this._$Eh=new Map;for(let[t,s]of this.elementProperties){let r=this._$Eu(t,s);r!==void 0&&this._$Eh.set(r,t)}this.elementStyles=this.finalizeStyles(this.styles)}static finalizeStyles(e){let t=[];if(Array.isArray(e)){let s=new Set(e.flat(1/0).reverse());for(let r of s)t.unshift(nt(r))}else e!==void 0&&t.push(nt(e));return t}static _$Eu(e,t){let s=t.attribute;return s===!1?void 0:typeof s=="string"?s:typeof e=="string"?e.toLowerCase():void 0}constructor(){super(),this._$Ep=void 0,this.isUpdatePending=!1,this.hasUpdated=!1,this._$Em=null,this._$Ev()}_$Ev(){this._$ES=new Promise(e=>this.enableUpdating=e),this._$AL=new Map,this._$E_(),this.requestUpdate(),this.constructor.l?.forEach(e=>e(this))}addController(e){(this._$EO??=new Set).add(e),this.renderRoot!==void 0&&this.isConnected&&e.hostConnected?.()}removeController(e){this._$EO?.delete(e)}_$E_(){let e=new Map,t=this.constructor.elementProperties;for(let s of t.keys())this.hasOwnProperty(s)&&(e.set(s,this[s]),delete this[s]);e.size>0&&(this._$Ep=e)}createRenderRoot(){let e=this.shadowRoot??this.attachShadow(this.constructor.shadowRootOptions);return Ut(e,this.constructor.elementStyles),e}connectedCallback(){this.renderRoot??=this.createRenderRoot(),this.enableUpdating(!0),this._$EO?.forEach(e=>e.hostConnected?.())}enableUpdating(e){}disconnectedCallback(){this._$EO?.forEach(e=>e.hostDisconnected?.())}attributeChangedCallback(e,t,s){this._$AK(e,s)}_$ET(e,t){let s=this.constructor.elementProperties.get(e),r=this.constructor._$Eu(e,s);if(r!==void 0&&s.reflect===!0){let o=(s.converter?.toAttribute!==void 0?s.converter:ge).toAttribute(t,s.type);this._$Em=e,o==null?this.removeAttribute(r):this.setAttribute(r,o),this._$Em=null}}_$AK(e,t){let s=this.constructor,r=s._$Eh.get(e);if(r!==void 0&&this._$Em!==r){let o=s.getPropertyOptions(r),n=typeof o.converter=="function"?{fromAttribute:o.converter}:o.converter?.fromAttribute!==void 0?o.converter:ge;this._$Em=r;let l=n.fromAttribute(t,o.type);this[r]=l??this._$Ej?.get(r)??l,this._$Em=null}}requestUpdate(e,t,s,r=!1,o){if(e!==void 0){let n=this.constructor;if(r===!1&&(o=this[e]),s??=n.getPropertyOptions(e),!((s.hasChanged??Pe)(o,t)||s.useDefault&&s.reflect&&o===this._$Ej?.get(e)&&!this.hasAttribute(n._$Eu(e,s))))return;this.C(e,t,s)}this.isUpdatePending===!1&&(this._$ES=this._$EP())}C(e,t,{useDefault:s,reflect:r,wrapped:o},n){s&&!(this._$Ej??=new Map).has(e)&&(this._$Ej.set(e,n??t??this[e]),o!==!0||n!==void 0)||(this._$AL.has(e)||(this.hasUpdated||s||(t=void 0),this._$AL.set(e,t)),r===!0&&this._$Em!==e&&(this._$Eq??=new Set).add(e))}async _$EP(){this.isUpdatePending=!0;try{await this._$ES}catch(t){Promise.reject(t)}let e=this.scheduleUpdate();return e!=null&&await e,!this.isUpdatePending}scheduleUpdate(){return this.performUpdate()}performUpdate(){if(!this.isUpdatePending)return;if(!this.hasUpdated){if(this.renderRoot??=this.createRenderRoot(),this._$Ep){for(let[r,o]of this._$Ep)this[r]=o;this._$Ep=void 0}let s=this.constructor.elementProperties;if(s.size>0)for(let[r,o]of s){let{wrapped:n}=o,l=this[r];n!==!0||this._$AL.has(r)||l===void 0||this.C(r,void 0,o,l)}}let e=!1,t=this._$AL;try{e=this.shouldUpdate(t),e?(this.willUpdate(t),this._$EO?.forEach(s=>s.hostUpdate?.()),this.update(t)):this._$EM()}catch(s){throw e=!1,this._$EM(),s}e&&this._$AE(t)}willUpdate(e){}_$AE(e){this._$EO?.forEach(t=>t.hostUpdated?.()),this.hasUpdated||(this.hasUpdated=!0,this.firstUpdated(e)),this.updated(e)}_$EM(){this._$AL=new Map,this.isUpdatePending=!1}get updateComplete(){return this.getUpdateComplete()}getUpdateComplete(){return this._$ES}shouldUpdate(e){return!0}update(e){this._$Eq&&=this._$Eq.forEach(t=>this._$ET(t,this[t])),this._$EM()}updated(e){}firstUpdated(e){}};N.elementStyles=[],N.shadowRootOptions={mode:"open"},N[ye("elementProperties")]=new Map,N[ye("finalized")]=new Map,ui?.({ReactiveElement:N}),(Te.reactiveElementVersions??=[]).push("2.1.2");var lt=globalThis,It=i=>i,Re=lt.trustedTypes,Kt=Re?Re.createPolicy("lit-html",{createHTML:i=>i}):void 0,ct="$lit$",U=`lit$${Math.random().toFixed(9).slice(2)}$`,dt="?"+U,mi=`<${dt}>`,Y=document,be=()=>Y.createComment(""),xe=i=>i===null||typeof i!="object"&&typeof i!="function",pt=Array.isArray,Gt=i=>pt(i)||typeof i?.[Symbol.iterator]=="function",at=`[ 	
\f\r]`,ve=/<(?:(!--|\/[^a-zA-Z])|(\/?[a-zA-Z][^>\s]*)|(\/?$))/g,Bt=/-->/g,Wt=/>/g,G=RegExp(`>|${at}(?:([^\\s"'>=/]+)(${at}*=${at}*(?:[^ 	
\f\r"'\`<>=]|("|')|))|$)`,"g"),qt=/'/g,jt=/"/g,Vt=/^(?:script|style|textarea|title)$/i,ht=i=>(e,...t)=>({_$litType$:i,strings:e,values:t}),d=ht(1),A=ht(2),Pr=ht(3),R=Symbol.for("lit-noChange"),p=Symbol.for("lit-nothing"),Ft=new WeakMap,V=Y.createTreeWalker(Y,129);function Yt(i,e){if(!pt(i)||!i.hasOwnProperty("raw"))throw Error("invalid template strings array");return Kt!==void 0?Kt.createHTML(e):e}var Jt=(i,e)=>{let t=i.length-1,s=[],r,o=e===2?"<svg>":e===3?"<math>":"",n=ve;for(let l=0;l<t;l++){let a=i[l],u,g,h=-1,b=0;for(;b<a.length&&(n.lastIndex=b,g=n.exec(a),g!==null);)b=n.lastIndex,n===ve?g[1]==="!--"?n=Bt:g[1]!==void 0?n=Wt:g[2]!==void 0?(Vt.test(g[2])&&(r=RegExp("</"+g[2],"g")),n=G):g[3]!==void 0&&(n=G):n===G?g[0]===">"?(n=r??ve,h=-1):g[1]===void 0?h=-2:(h=n.lastIndex-g[2].length,u=g[1],n=g[3]===void 0?G:g[3]==='"'?jt:qt):n===jt||n===qt?n=G:n===Bt||n===Wt?n=ve:(n=G,r=void 0);let f=n===G&&i[l+1].startsWith("/>")?" ":"";o+=n===ve?a+mi:h>=0?(s.push(u),a.slice(0,h)+ct+a.slice(h)+U+f):a+U+(h===-2?l:f)}return[Yt(i,o+(i[t]||"<?>")+(e===2?"</svg>":e===3?"</math>":"")),s]},ke=class i{constructor({strings:e,_$litType$:t},s){let r;this.parts=[];let o=0,n=0,l=e.length-1,a=this.parts,[u,g]=Jt(e,t);if(this.el=i.createElement(u,s),V.currentNode=this.el.content,t===2||t===3){let h=this.el.content.firstChild;h.replaceWith(...h.childNodes)}for(;(r=V.nextNode())!==null&&a.length<l;){if(r.nodeType===1){if(r.hasAttributes())for(let h of r.getAttributeNames())if(h.endsWith(ct)){let b=g[n++],f=r.getAttribute(h).split(U),$=/([.?@])?(.*)/.exec(b);a.push({type:1,index:o,name:$[2],strings:f,ctor:$[1]==="."?Oe:$[1]==="?"?Le:$[1]==="@"?He:X}),r.removeAttribute(h)}else h.startsWith(U)&&(a.push({type:6,index:o}),r.removeAttribute(h));if(Vt.test(r.tagName)){let h=r.textContent.split(U),b=h.length-1;if(b>0){r.textContent=Re?Re.emptyScript:"";for(let f=0;f<b;f++)r.append(h[f],be()),V.nextNode(),a.push({type:2,index:++o});r.append(h[b],be())}}}else if(r.nodeType===8)if(r.data===dt)a.push({type:2,index:o});else{let h=-1;for(;(h=r.data.indexOf(U,h+1))!==-1;)a.push({type:7,index:o}),h+=U.length-1}o++}}static createElement(e,t){let s=Y.createElement("template");return s.innerHTML=e,s}};function J(i,e,t=i,s){if(e===R)return e;let r=s!==void 0?t._$Co?.[s]:t._$Cl,o=xe(e)?void 0:e._$litDirective$;return r?.constructor!==o&&(r?._$AO?.(!1),o===void 0?r=void 0:(r=new o(i),r._$AT(i,t,s)),s!==void 0?(t._$Co??=[])[s]=r:t._$Cl=r),r!==void 0&&(e=J(i,r._$AS(i,e.values),r,s)),e}var Ce=class{constructor(e,t){this._$AV=[],this._$AN=void 0,this._$AD=e,this._$AM=t}get parentNode(){return this._$AM.parentNode}get _$AU(){return this._$AM._$AU}u(e){let{el:{content:t},parts:s}=this._$AD,r=(e?.creationScope??Y).importNode(t,!0);V.currentNode=r;let o=V.nextNode(),n=0,l=0,a=s[0];for(;a!==void 0;){if(n===a.index){let u;a.type===2?u=new ie(o,o.nextSibling,this,e):a.type===1?u=new a.ctor(o,a.name,a.strings,this,e):a.type===6&&(u=new Ne(o,this,e)),this._$AV.push(u),a=s[++l]}n!==a?.index&&(o=V.nextNode(),n++)}return V.currentNode=Y,r}p(e){let t=0;for(let s of this._$AV)s!==void 0&&(s.strings!==void 0?(s._$AI(e,s,t),t+=s.strings.length-2):s._$AI(e[t])),t++}},ie=class i{get _$AU(){return this._$AM?._$AU??this._$Cv}constructor(e,t,s,r){this.type=2,this._$AH=p,this._$AN=void 0,this._$AA=e,this._$AB=t,this._$AM=s,this.options=r,this._$Cv=r?.isConnected??!0}get parentNode(){let e=this._$AA.parentNode,t=this._$AM;return t!==void 0&&e?.nodeType===11&&(e=t.parentNode),e}get startNode(){return this._$AA}get endNode(){return this._$AB}_$AI(e,t=this){e=J(this,e,t),xe(e)?e===p||e==null||e===""?(this._$AH!==p&&this._$AR(),this._$AH=p):e!==this._$AH&&e!==R&&this._(e):e._$litType$!==void 0?this.$(e):e.nodeType!==void 0?this.T(e):Gt(e)?this.k(e):this._(e)}O(e){return this._$AA.parentNode.insertBefore(e,this._$AB)}T(e){this._$AH!==e&&(this._$AR(),this._$AH=this.O(e))}_(e){this._$AH!==p&&xe(this._$AH)?this._$AA.nextSibling.data=e:this.T(Y.createTextNode(e)),this._$AH=e}$(e){let{values:t,_$litType$:s}=e,r=typeof s=="number"?this._$AC(e):(s.el===void 0&&(s.el=ke.createElement(Yt(s.h,s.h[0]),this.options)),s);if(this._$AH?._$AD===r)this._$AH.p(t);else{let o=new Ce(r,this),n=o.u(this.options);o.p(t),this.T(n),this._$AH=o}}_$AC(e){let t=Ft.get(e.strings);return t===void 0&&Ft.set(e.strings,t=new ke(e)),t}k(e){pt(this._$AH)||(this._$AH=[],this._$AR());let t=this._$AH,s,r=0;for(let o of e)r===t.length?t.push(s=new i(this.O(be()),this.O(be()),this,this.options)):s=t[r],s._$AI(o),r++;r<t.length&&(this._$AR(s&&s._$AB.nextSibling,r),t.length=r)}_$AR(e=this._$AA.nextSibling,t){for(this._$AP?.(!1,!0,t);e!==this._$AB;){let s=It(e).nextSibling;It(e).remove(),e=s}}setConnected(e){this._$AM===void 0&&(this._$Cv=e,this._$AP?.(e))}},X=class{get tagName(){return this.element.tagName}get _$AU(){return this._$AM._$AU}constructor(e,t,s,r,o){this.type=1,this._$AH=p,this._$AN=void 0,this.element=e,this.name=t,this._$AM=r,this.options=o,s.length>2||s[0]!==""||s[1]!==""?(this._$AH=Array(s.length-1).fill(new String),this.strings=s):this._$AH=p}_$AI(e,t=this,s,r){let o=this.strings,n=!1;if(o===void 0)e=J(this,e,t,0),n=!xe(e)||e!==this._$AH&&e!==R,n&&(this._$AH=e);else{let l=e,a,u;for(e=o[0],a=0;a<o.length-1;a++)u=J(this,l[s+a],t,a),u===R&&(u=this._$AH[a]),n||=!xe(u)||u!==this._$AH[a],u===p?e=p:e!==p&&(e+=(u??"")+o[a+1]),this._$AH[a]=u}n&&!r&&this.j(e)}j(e){e===p?this.element.removeAttribute(this.name):this.element.setAttribute(this.name,e??"")}},Oe=class extends X{constructor(){super(...arguments),this.type=3}j(e){this.element[this.name]=e===p?void 0:e}},Le=class extends X{constructor(){super(...arguments),this.type=4}j(e){this.element.toggleAttribute(this.name,!!e&&e!==p)}},He=class extends X{constructor(e,t,s,r,o){super(e,t,s,r,o),this.type=5}_$AI(e,t=this){if((e=J(this,e,t,0)??p)===R)return;let s=this._$AH,r=e===p&&s!==p||e.capture!==s.capture||e.once!==s.once||e.passive!==s.passive,o=e!==p&&(s===p||r);r&&this.element.removeEventListener(this.name,this,s),o&&this.element.addEventListener(this.name,this,e),this._$AH=e}handleEvent(e){typeof this._$AH=="function"?this._$AH.call(this.options?.host??this.element,e):this._$AH.handleEvent(e)}},Ne=class{constructor(e,t,s){this.element=e,this.type=6,this._$AN=void 0,this._$AM=t,this.options=s}get _$AU(){return this._$AM._$AU}_$AI(e){J(this,e)}},Xt={M:ct,P:U,A:dt,C:1,L:Jt,R:Ce,D:Gt,V:J,I:ie,H:X,N:Le,U:He,B:Oe,F:Ne},fi=lt.litHtmlPolyfillSupport;fi?.(ke,ie),(lt.litHtmlVersions??=[]).push("3.3.3");var Qt=(i,e,t)=>{let s=t?.renderBefore??e,r=s._$litPart$;if(r===void 0){let o=t?.renderBefore??null;s._$litPart$=r=new ie(e.insertBefore(be(),o),o,void 0,t??{})}return r._$AI(i),r};var ut=globalThis,v=class extends N{constructor(){super(...arguments),this.renderOptions={host:this},this._$Do=void 0}createRenderRoot(){let e=super.createRenderRoot();return this.renderOptions.renderBefore??=e.firstChild,e}update(e){let t=this.render();this.hasUpdated||(this.renderOptions.isConnected=this.isConnected),super.update(e),this._$Do=Qt(t,this.renderRoot,this.renderOptions)}connectedCallback(){super.connectedCallback(),this._$Do?.setConnected(!0)}disconnectedCallback(){super.disconnectedCallback(),this._$Do?.setConnected(!1)}render(){return R}};v._$litElement$=!0,v.finalized=!0,ut.litElementHydrateSupport?.({LitElement:v});var yi=ut.litElementPolyfillSupport;yi?.({LitElement:v});(ut.litElementVersions??=[]).push("4.2.2");var gi={attribute:!0,type:String,converter:ge,reflect:!1,hasChanged:Pe},vi=(i=gi,e,t)=>{let{kind:s,metadata:r}=t,o=globalThis.litPropertyMetadata.get(r);if(o===void 0&&globalThis.litPropertyMetadata.set(r,o=new Map),s==="setter"&&((i=Object.create(i)).wrapped=!0),o.set(t.name,i),s==="accessor"){let{name:n}=t;return{set(l){let a=e.get.call(this);e.set.call(this,l),this.requestUpdate(n,a,i,!0,l)},init(l){return l!==void 0&&this.C(n,void 0,i,l),l}}}if(s==="setter"){let{name:n}=t;return function(l){let a=this[n];e.call(this,l),this.requestUpdate(n,a,i,!0,l)}}throw Error("Unsupported decorator location: "+s)};function m(i){return(e,t)=>typeof t=="object"?vi(i,e,t):((s,r,o)=>{let n=r.hasOwnProperty(o);return r.constructor.createProperty(o,s),n?Object.getOwnPropertyDescriptor(r,o):void 0})(i,e,t)}function M(i){return m({...i,state:!0,attribute:!1})}var Q=(i,e,t)=>(t.configurable=!0,t.enumerable=!0,Reflect.decorate&&typeof e!="object"&&Object.defineProperty(i,e,t),t);function T(i,e){return(t,s,r)=>{let o=n=>n.renderRoot?.querySelector(i)??null;if(e){let{get:n,set:l}=typeof s=="object"?t:r??(()=>{let a=Symbol();return{get(){return this[a]},set(u){this[a]=u}}})();return Q(t,s,{get(){let a=n.call(this);return a===void 0&&(a=o(this),(a!==null||this.hasUpdated)&&l.call(this,a)),a}})}return Q(t,s,{get(){return o(this)}})}}var Ue=i=>-60+i*48;var bi=.4,xi=.02,Zt=()=>({underruns:0,droppedFrames:0,waitingMs:0,flushes:0,resumes:0,newTalks:0}),es=(i,{user:e,agent:t})=>{if(t<=bi)return;let s=Ue(e),r=i.echoDb??s;i.echoDb=r+(s-r)*xi};var mt={phase:"idle",before:"connecting",reason:""},ki=new Set(["idle","ended","failed"]),ft=i=>!ki.has(i),ts=(i,e)=>{if(e.type==="start")return{...mt,phase:"connecting"};if(!ft(i.phase))return i;switch(e.type){case"phase":return i.phase==="reconnecting"?{...i,before:e.value}:{...i,phase:e.value,before:e.value};case"lost":return{...i,phase:"reconnecting"};case"resumed":return i.phase==="reconnecting"?{...i,phase:i.before}:i;case"end":return{...i,phase:"ended",reason:e.reason};case"fail":return{...i,phase:"failed",reason:e.key}}};var De=()=>globalThis.isSecureContext?"AudioWorkletNode"in globalThis&&"Worker"in globalThis?void 0:"unsupported":"insecure",ss=()=>/AppleWebKit/.test(navigator.userAgent)&&!/Chrome|Chromium|Android/.test(navigator.userAgent),ze=()=>"AudioContext"in globalThis&&"setSinkId"in AudioContext.prototype,re=i=>{let e=i instanceof DOMException?i.name:"";return e==="NotAllowedError"||e==="SecurityError"?"permission":e==="NotFoundError"||e==="OverconstrainedError"?"no_microphone":e==="NotReadableError"||e==="AbortError"?"microphone_busy":"microphone"};var C={stopping:1001,ended:4e3,reloading:4001,forbidden:4003,gone:4004,flood:4008,replaced:4009,slow:4013,invalid:4400,otherProtocol:4426};var Ie=1;var $i={[C.forbidden]:"forbidden",[C.otherProtocol]:"old_page",[C.flood]:"internal",[C.invalid]:"internal",[Ie]:"blocked"},_i=new Set([C.stopping,C.reloading,C.gone]),wi=4e3,rs=i=>{let e=$i[i];return e?{type:"fail",key:e}:i===C.replaced?{type:"end",reason:"replaced"}:i===C.ended?{type:"end",reason:"agent"}:i>=wi&&!_i.has(i)?{type:"fail",key:"internal"}:{type:"reopen"}};var B=class extends Error{constructor(t){super(t);this.key=t}};var Ke=class{#e;#t;constructor(e){this.#e=e}handle(e){let{socket:t}=e;if(e.type==="relay_open")return this.#o(t,e.path);if(t!==this.#t?.socket)return;if(e.type==="relay_close")return this.close();let{data:s}=e,r=this.#t.channel.send(s);this.#e({type:"relay_sent",socket:t,bytes:s.length,waiting:r})}close(){this.#t?.channel.close(),this.#t=void 0}#o(e,t){if(this.close(),!this.relay)return this.#e({type:"relay_closed",socket:e,code:1006});let s=this.relay.open(t,{opened:()=>this.#e({type:"relay_opened",socket:e}),received:r=>this.#e({type:"relay_received",socket:e,data:r}),closed:r=>this.#e({type:"relay_closed",socket:e,code:r})});this.#t={socket:e,channel:s}}};var Mi=new URL("./worker.js",import.meta.url),Si=1e3,Be=class{#e;#t=new Ke(e=>this.#o(e));constructor(e,t){this.#e=new Worker(Mi,{type:"module",name:"playai-talk"}),this.#e.onmessage=({data:s})=>{os(s)?this.#t.handle(s):e(s)},this.#e.onerror=t}connect(e,t){this.#e.postMessage({type:"ports",microphone:e,player:t},[e,t])}open(e,t,s,r){this.#t.relay=r,this.#o({type:"open",path:e,base:t,transport:s})}send(e){this.#o({type:"send",message:e})}close(){this.#e.onmessage=({data:e})=>{os(e)&&this.#t.handle(e)},this.#o({type:"close"}),setTimeout(()=>{this.#t.close(),this.#e.terminate()},Si)}#o(e){this.#e.postMessage(e)}},os=i=>i.type.startsWith("relay_");var Ei=2e3,Ai=6e4,Ti=new Set(["home_away","not_ready","not_found"]),ns="socket",We=class{#e;#t;#o;#i;#r=0;#s=!1;#n=!1;constructor(e,t){this.#e=e,this.#t=t,this.#o=new Be(s=>this.#a(s),()=>{this.#n||t({type:"fail",key:"unsupported"})})}connect(e,t){this.#o.connect(e,t)}async open(){try{let{protocol:e,path:t,base:s,relay:r}=await this.#e();if(this.#n)return;e===1?this.#o.open(t,s,ns,r):this.#t({type:"fail",key:"old_page"})}catch(e){if(this.#n)return;let t=e instanceof B?e.key:"home_away";this.#s&&Ti.has(t)?this.#d(t):this.#t({type:"fail",key:t})}}send(e){this.#o.send(e)}close(){this.#n=!0,clearTimeout(this.#i),this.#o.close()}#a(e){if(e.type==="closed")return this.#l(e.code);e.type==="ready"&&(ns=e.transport),e.type!=="message"?this.#s=e.type==="lost":Pi(e.message)&&(this.#r=0),this.#t(e)}#l(e){let t=rs(e);t.type==="reopen"?this.#d("home_away"):this.#t(t)}#d(e){let t=Date.now();if(this.#r||=t+Ai,t>this.#r)return this.#t({type:"fail",key:e});this.#s=!0,this.#t({type:"lost"}),clearTimeout(this.#i),this.#i=setTimeout(()=>{this.open()},Ei)}},Pi=i=>i.type==="phase"&&i.value!=="connecting";var as={talk:0,sayings:[]},Ri=200,Ci=65,W=(i,e)=>{let t=[...i.sayings],s=t.findIndex(r=>r.key===e.key);return s>=0?t[s]=e:t.push(e),{...i,sayings:t.slice(-Ri)}},gt=(i,e)=>i.sayings.find(t=>t.key===e),yt=(i,e,t)=>{let s=gt(i,`${i.talk}:reply:${e}`);return s?.kind==="agent"?W(i,{...s,...t(s)}):i},vt=i=>i.kind==="confirm"&&i.allow===void 0,bt=i=>ls({talk:i.talk+1,sayings:i.sayings.filter(e=>!vt(e)).map(e=>e.kind==="tool"&&e.status==="running"?{...e,status:"failed"}:e.kind==="user"?{...e,isFinal:!0}:e.kind==="agent"&&e.heard===void 0&&!ps(e)?{...e,heard:kt(e)}:e)}),ls=(i,e="talk")=>{let t=i.sayings.at(-1);return!t||t.kind==="break"?i:W(i,{kind:"break",key:`${i.talk}:break:${e}`})},cs=(i,e)=>{let{talk:t}=i;switch(e.type){case"heard":{let{id:s,text:r,final:o}=e;return W(i,{kind:"user",key:`${t}:turn:${s}`,text:r,isFinal:o})}case"reply":{let s=`${t}:reply:${e.id}`;return W(i,{kind:"agent",key:s,reply:e.id,parts:[],playedMs:0})}case"said":return yt(i,e.reply,({parts:s})=>({parts:[...s,{atMs:e.at_ms,text:e.text}]}));case"reply_end":return yt(i,e.reply,()=>({totalMs:e.ms}));case"interrupted":return yt(i,e.reply,()=>({playedMs:e.ms,heard:e.text}));case"tool":{let{id:s,name:r,arguments:o,status:n,result:l}=e,a=`${t}:tool:${s}`;return W(i,{kind:"tool",key:a,id:s,name:r,arguments:o,status:n,result:l})}case"confirm":{let{id:s,name:r,arguments:o}=e;return W(i,{kind:"confirm",key:`${t}:ask:${s}`,id:s,name:r,arguments:o})}case"confirmed":{let s=gt(i,`${t}:ask:${e.id}`);return s?W(i,{...s,allow:e.allow}):i}case"restarted":return ls(i,e.conversation_id);default:return i}},ds=(i,e,t)=>{let s=gt(i,`${i.talk}:reply:${e}`);return s?.kind!=="agent"||s.heard!==void 0||t<=s.playedMs?i:W(i,{...s,playedMs:t})},xt=i=>i.parts.map(({text:e})=>e).join(""),ps=({totalMs:i,playedMs:e})=>i!==void 0&&e>=i,kt=i=>{let{parts:e,playedMs:t,totalMs:s,heard:r}=i;if(r!==void 0)return r;if(ps(i))return xt(i);let o="";for(let[n,l]of e.entries()){let a=e.slice(n+1).find(({atMs:h})=>h>l.atMs)?.atMs??s,u=l.atMs+l.text.length*Ci,g=a??u;if(t>=g)o+=l.text;else{t>l.atMs&&(o+=Oi(l.text,(t-l.atMs)/(g-l.atMs)));break}}return o},Oi=(i,e)=>{let t=i.slice(Math.ceil(i.length*e)).search(/\s/);return t<0?i:i.slice(0,Math.ceil(i.length*e)+t)},hs=i=>{if(i.heard===void 0)return"";let e=xt(i).trimStart();return e.startsWith(i.heard)?e.slice(i.heard.length):""},us=(i,e,t)=>i.sayings.flatMap(s=>s.kind==="user"?[`${e}: ${s.text}`]:s.kind==="agent"?[`${t}: ${s.heard??xt(s).trim()}`]:[]).join(`
`);var qe=i=>{i.disconnect(),i.port.onmessage=null,i.port.close()};var Li=new URL("./microphone.worklet.js",import.meta.url),Hi=(i,e)=>({...i&&{deviceId:{ideal:i}},echoCancellation:e&&{ideal:"all"},noiseSuppression:!0,autoGainControl:!0,channelCount:1}),ms=i=>{for(let e of i.getTracks())e.onended=e.onmute=e.onunmute=null,e.stop()},Z=class{#e=new AudioContext({latencyHint:"interactive"});#t;#o;#i;#r;#s;#n=!1;#a=!1;#l=0;constructor(e,{cancelsEcho:t=!0}={}){this.#t=e,this.#o=t,this.resume()}get isOn(){return this.#s?.getTracks().some(e=>e.readyState==="live")??!1}get label(){return this.#s?.getAudioTracks()[0]?.label??""}async open(e,t){if(await Promise.all([this.#e.audioWorklet.addModule(Li),this.use(t)]),this.#a)return;this.#i=new AudioWorkletNode(this.#e,"playai-microphone",{numberOfOutputs:0}),this.#i.port.onmessage=({data:r})=>this.#t.report(r);let s={type:"port",port:e};this.#i.port.postMessage(s,[e]),this.#c({type:"mute",on:this.#n}),this.#r?.connect(this.#i)}async use(e){if(this.#a)return;let t=++this.#l,s=Hi(e,this.#o),r;try{r=await navigator.mediaDevices.getUserMedia({audio:s})}catch(o){if(t===this.#l)throw o;return}if(t!==this.#l)return ms(r);this.#d(r)}mute(e){this.#n=e;for(let t of this.#s?.getTracks()??[])t.enabled=!e;this.#c({type:"mute",on:e})}expectEcho(e){this.#c({type:"echo",on:e})}async resume(){await this.#e.resume()}off(){this.#l++,this.#d(void 0)}close(){this.#a=!0,this.off(),this.#i&&qe(this.#i),this.#e.state!=="closed"&&this.#e.close()}#d(e){let[t,s]=[this.#s,this.#r];this.#s=e,this.#r=e&&this.#e.createMediaStreamSource(e),this.#i&&this.#r?.connect(this.#i),s?.disconnect(),t&&ms(t);for(let r of e?.getTracks()??[])r.enabled=!this.#n,r.onended=()=>this.#t.lost(),r.onmute=r.onunmute=()=>this.#t.systemMuted(r.muted),this.#t.systemMuted(r.muted)}#c(e){this.#i?.port.postMessage(e)}};var Ni=new URL("./player.worklet.js",import.meta.url),Ui=.25,Di=.03,oe=class{#e=new AudioContext({sampleRate:24e3,latencyHint:"interactive"});#t;#o;#i;#r=1;#s=!1;constructor(e){this.#o=e,this.#e.onstatechange=()=>e.changed(),this.#t=this.#e.createGain(),this.#e.resume(),ss()?this.#l():this.#t.connect(this.#e.destination)}get isBlocked(){return this.#e.state==="suspended"||this.#e.state==="interrupted"}async open(e){if(await this.#e.audioWorklet.addModule(Ni),this.#e.state==="closed")return;this.node=new AudioWorkletNode(this.#e,"playai-player",{numberOfInputs:0,outputChannelCount:[1]}),this.node.port.onmessage=({data:s})=>this.#o.report(s);let t={type:"port",port:e};this.node.port.postMessage(t,[e]),this.node.connect(this.#t)}async resume(){await Promise.all([this.#e.resume(),this.#i?.play()])}interrupt(){this.#n({type:"interrupt"})}drop(){this.#n({type:"drop"})}set volume(e){this.#r=e,this.#a()}set isDucked(e){this.#s!==e&&(this.#s=e,this.#a())}async useSpeaker(e){let t=this.#e;ze()&&await t.setSinkId?.(e)}close(){this.#e.onstatechange=null,this.node&&qe(this.node),this.#i&&(this.#i.srcObject=null),this.#e.state!=="closed"&&this.#e.close()}#n(e){this.node?.port.postMessage(e)}#a(){let e=this.#r*(this.#s?Ui:1);this.#t.gain.setTargetAtTime(e,this.#e.currentTime,Di)}#l(){let e=navigator.audioSession;e&&(e.type="play-and-record");let t=this.#e.createMediaStreamDestination();this.#t.connect(t),this.#i=Object.assign(new Audio,{srcObject:t.stream}),this.#i.setAttribute("playsinline",""),this.#i.play().catch(()=>{})}};var zi="default",je=(i,e,t)=>i.some(s=>s.kind===e&&s.deviceId===t)?t:"",$t=i=>i.find(({kind:e,deviceId:t})=>e==="audioinput"&&t===zi)?.groupId,Fe=class{constructor(e,t,s,r){this.#r={microphone:"",speaker:"",group:void 0};this.#s=!1;this.#n=!1;this.#a=Promise.resolve();this.follow=()=>{this.#h(async()=>{let e=await _t();await this.#l(e),await this.#d(e)})};this.#e=e,this.#t=t,this.#o=s,this.#i=r}#e;#t;#o;#i;#r;#s;#n;#a;start(){this.#r.microphone=this.#e.microphone,navigator.mediaDevices?.addEventListener("devicechange",this.follow),this.#h(async()=>{let e=await _t();this.#r.group=$t(e),this.#r.microphone=je(e,"audioinput",this.#e.microphone),await this.#d(e)})}close(){this.#n=!0,navigator.mediaDevices?.removeEventListener("devicechange",this.follow)}async useMicrophone(e){this.#e.microphone=e,this.#s||await this.#h(()=>this.#c(e))}async useSpeaker(e){this.#e.speaker=e,await this.#h(()=>this.#p(e,"speaker"))}async switchOff(e){this.#s=e,e?this.#t?.off():await this.#h(()=>this.#c(this.#e.microphone))}async#l(e){let t=this.#t;if(!t||this.#s)return;let s=je(e,"audioinput",this.#e.microphone),r=$t(e),o=!t.isOn,n=s!==this.#r.microphone||!s&&r!==this.#r.group;if(!o&&!n)return;if(!e.some(({kind:u})=>u==="audioinput"))return this.#i.note("microphone_lost");let l=t.label;if(await this.#c(s),!t.isOn||this.#s)return;this.#i.solved("microphone_lost");let{label:a}=t;(o||a!==l)&&this.#i.note(o?"microphone_replaced":"microphone_changed",a)}async#d(e){let t=je(e,"audiooutput",this.#e.speaker);t!==this.#r.speaker&&await this.#p(t,"speaker"),t!==this.#e.speaker?this.#i.note("speaker_lost"):this.#i.solved("speaker_lost")}async#c(e){if(!this.#s)try{await this.#t?.use(e);let t=await _t();this.#r.microphone=je(t,"audioinput",e),this.#r.group=$t(t)}catch(t){this.#i.note(re(t))}}async#p(e,t){try{await this.#o.useSpeaker(e),this.#r.speaker=e}catch{this.#i.note(t)}}#h(e){return this.#a=this.#a.then(()=>this.#n?void 0:e()).catch(()=>{}),this.#a}},_t=async()=>await navigator.mediaDevices?.enumerateDevices?.()??[];var Ge=class{#e;#t=!1;constructor(){this.request=this.request.bind(this)}start(){this.#t=!0,document.addEventListener("visibilitychange",this.request),this.request()}stop(){this.#t=!1,document.removeEventListener("visibilitychange",this.request),this.#e?.release(),this.#e=void 0}async request(){if(!(document.visibilityState!=="visible"||!("wakeLock"in navigator)))try{let e=await navigator.wakeLock.request("screen");this.#t?this.#e=e:e.release()}catch{}}};var fs=250,Ve=class{constructor(e,t,s){this.#o=new Ge;this.#a=0;this.levels={user:0,agent:0};this.isMuted=!1;this.isOff=!1;this.#i=e,this.#t=t,this.#e=s}#e;#t;#o;#i;#r;#s;#n;#a;get isMicrophoneOn(){return this.#r?.isOn??!1}get microphoneName(){return this.#r?.label??""}get isSoundBlocked(){return this.#s?.isBlocked??!1}start(e,t){this.#i=e,this.isMuted=this.isOff=!1,this.#a=0,this.#s=new oe({report:s=>this.#d(s),changed:()=>this.#e.changed()}),t&&(this.#r=new Z({report:s=>this.#l(s),lost:()=>this.#n?.follow(),systemMuted:s=>this.#p(s)})),this.#n=new Fe(e,this.#r,this.#s,this.#e)}async openMicrophone(e){await this.#r?.open(e,this.#i.microphone)}async openPlayer(e){this.#o.start(),this.volume=this.#i.volume,await this.#s?.open(e),this.#n?.start()}close(){this.#o.stop(),this.#n?.close(),this.#r?.close(),this.#s?.close(),this.#r=this.#s=this.#n=void 0,this.levels.user=this.levels.agent=0}set volume(e){this.#i.volume=e,this.#s&&(this.#s.volume=e)}set isAgentSpeaking(e){this.#r?.expectEcho(e),!e&&this.#s&&(this.#s.isDucked=!1)}mute(e){this.isMuted=e,this.#r?.mute(e)}async switchOff(e){this.isOff=e,await this.#n?.switchOff(e)}async useMicrophone(e){await this.#n?.useMicrophone(e)}async useSpeaker(e){await this.#n?.useSpeaker(e)}interrupt(){this.#s?.interrupt()}drop(){this.#s?.drop()}async unblock(){await Promise.allSettled([this.#s?.resume(),this.#r?.resume()])}#l({level:e,isSpeech:t,isEmpty:s}){this.levels.user=e,this.#c(s),this.#s&&(this.#s.isDucked=t&&!this.isMuted&&this.#e.canInterrupt()),!t&&!this.isMuted&&es(this.#t,this.levels)}#d({reply:e,ms:t,level:s,underruns:r,dropped:o,waitingMs:n}){this.levels.agent=s,this.#t.underruns=r,this.#t.droppedFrames=o,this.#t.waitingMs=n,this.#e.played(e,t)}#c(e){this.isMuted||!this.isMicrophoneOn||this.#a===1/0||(e?++this.#a===fs&&this.#e.note("microphone_silent"):(this.#a>=fs&&this.#e.solved("microphone_silent"),this.#a=1/0))}#p(e){this.#a=0,e?this.#e.note("microphone_muted"):this.#e.solved("microphone_muted","microphone_silent")}};var Ye=class{constructor(e,t){this.#i=mt;this.#r=as;this.#n=!1;this.agent="";this.features=[];this.idleSeconds=0;this.isHeld=!1;this.notice="";this.noticeName="";this.figures=Zt();this.#o=e,this.#e=t,this.#t=new Ve(e.settings,this.figures,{canInterrupt:()=>this.mode==="open"&&this.phase==="speaking",played:(s,r)=>this.#p(s,r),note:(s,r)=>this.#u(s,r),solved:(...s)=>{s.includes(this.notice)&&this.#u("")},changed:()=>this.#e()})}#e;#t;#o;#i;#r;#s;#n;get phase(){return this.#i.phase}get reason(){return this.#i.reason}get isLive(){return ft(this.phase)}get transcript(){return this.#r}get mode(){return this.#o.settings.mode}get levels(){return this.#t.levels}get isMuted(){return this.#t.isMuted}get isOff(){return this.#t.isOff}get isMicrophoneOn(){return this.#t.isMicrophoneOn}get microphoneName(){return this.#t.microphoneName}get hasMicrophone(){return this.#n}get isSoundBlocked(){return this.isLive&&this.#t.isSoundBlocked}start(e,{microphone:t=!0}={}){if(this.isLive)return;this.#o=e,this.notice="",this.isHeld=!1,this.#n=t,this.#r.sayings.length&&(this.#r=bt(this.#r)),this.#m({type:"start"});let s=De();if(s)return this.#f(s);this.#t.start(e.settings,t),this.#s=new We(e.open,r=>this.#l(r)),this.#a(this.#s)}end(){this.isLive&&(this.#y(),this.#m({type:"end",reason:"bye"}))}interrupt(){this.phase==="thinking"?this.#s?.send({type:"interrupt",reply:0,ms:0}):this.phase==="speaking"&&this.#t.interrupt()}mute(e){this.#t.mute(e),this.#s?.send({type:"mute",on:e}),this.#e()}toggleMute(){this.isOff?this.switchOff(!1):this.mute(!this.isMuted)}async switchOff(e){let t=this.#t.switchOff(e);this.mute(e),await t,this.#e()}hold(e){this.mode==="open"||this.isHeld===e||!this.isLive||(this.isHeld=e,e&&this.#t.drop(),this.#s?.send({type:"hold",on:e}),this.#e())}setMode(e){this.hold(!1),this.#o.settings.mode=e,this.#h(),this.#e()}say(e){this.#t.drop(),this.#s?.send({type:"text",text:e})}confirm(e,t){this.#s?.send({type:"confirm",id:e,allow:t})}again(){this.#t.drop(),this.#s?.send({type:"again"})}forget(){this.isLive||(this.#r={...this.#r,sayings:[]},this.#e())}async unblock(){await this.#t.unblock(),this.#e()}dismissNotice(){this.#u("")}set volume(e){this.#t.volume=e}async useMicrophone(e){await this.#t.useMicrophone(e),this.#e()}async useSpeaker(e){await this.#t.useSpeaker(e),this.#e()}async#a(e){let[t,s]=ys(),[r,o]=ys();e.connect(s,o);try{await this.#t.openMicrophone(t)}catch(n){e===this.#s&&this.#f(re(n));return}e===this.#s&&(await this.#t.openPlayer(r),e===this.#s&&await e.open())}#l(e){switch(e.type){case"ready":return this.figures.transport=e.transport,this.#d(e.ready,e.isResumed);case"message":return this.#c(e.message);case"lost":return this.#m({type:"lost"});case"end":return this.#y(),this.#m(e);case"fail":return this.#f(e.key)}}#d(e,t){this.agent=e.agent.name,this.features=e.agent.features,this.idleSeconds=e.limits.idle_s,t?this.figures.resumes++:(this.phase==="reconnecting"&&(this.figures.newTalks++,this.#r=bt(this.#r),this.isHeld=!1),this.#h(),this.isMuted&&this.#s?.send({type:"mute",on:!0})),this.#m({type:"resumed"})}#c(e){switch(e.type){case"phase":return this.#t.isAgentSpeaking=e.value==="speaking",this.#m({type:"phase",value:e.value});case"flush":this.figures.flushes++;return;case"metric":return this.figures.responseMs=e.response_ms,this.figures.agentMs=e.agent_ms,this.#e();case"error":return this.#u(e.key);case"end":return e.reason==="error"?this.#f(e.key??"internal"):(this.#y(),this.#m({type:"end",reason:e.reason}));default:return this.#r=cs(this.#r,e),this.#e()}}#p(e,t){let s=ds(this.#r,e,t);s!==this.#r&&(this.#r=s,this.#e())}#h(){this.#s?.send({type:"mode",value:this.mode==="open"?"open":"hold"})}#u(e,t=""){this.notice=e,this.noticeName=t,this.#e()}#f(e){this.#y(),this.#m({type:"fail",key:e})}#y(){this.#s?.close(),this.#s=void 0,this.#t.close(),this.isHeld=!1}#m(e){this.#i=ts(this.#i,e),this.#e()}},ys=()=>{let{port1:i,port2:e}=new MessageChannel;return[i,e]};var wt=class{#e;#t="";#o=new Set;get current(){return this.#e}get agent(){return this.#t}with(e){return this.#t===e?this.#e:void 0}start(e,t,s){return this.#e?.end(),(this.#t!==e||!this.#e)&&(this.#t=e,this.#e=new Ye(t,()=>this.#i())),this.#e.start(t,s),this.#e}subscribe(e){return this.#o.add(e),()=>this.#o.delete(e)}#i(){for(let e of this.#o)e()}},S=new wt;addEventListener("pagehide",i=>{i.persisted||S.current?.end()});var gs,vs=i=>{gs=i},ae=()=>gs;var Ii="playai",Ki=(i,e)=>e.startsWith("conversation.")&&i.entities[e]?.platform===Ii,bs=i=>Object.keys(i.entities).filter(e=>Ki(i,e)),xs=(i,e)=>{let t=i.states[e]?.attributes.friendly_name;return typeof t=="string"?t:e};var w=class{#e;#t;constructor(e){this.#e=e,e.addController(this)}hostConnected(){this.#t=S.subscribe(()=>this.#e.requestUpdate())}hostDisconnected(){this.#t?.()}};var Je={ATTRIBUTE:1,CHILD:2,PROPERTY:3,BOOLEAN_ATTRIBUTE:4,EVENT:5,ELEMENT:6},Xe=i=>(...e)=>({_$litDirective$:i,values:e}),le=class{constructor(e){}get _$AU(){return this._$AM._$AU}_$AT(e,t,s){this._$Ct=e,this._$AM=t,this._$Ci=s}_$AS(e,t){return this.update(e,t)}update(e,t){return this.render(...t)}};var ks=Xe(class extends le{constructor(i){if(super(i),i.type!==Je.ATTRIBUTE||i.name!=="class"||i.strings?.length>2)throw Error("`classMap()` can only be used in the `class` attribute and must be the only part in the attribute.")}render(i){return" "+Object.keys(i).filter(e=>i[e]).join(" ")+" "}update(i,[e]){if(this.st===void 0){this.st=new Set,i.strings!==void 0&&(this.nt=new Set(i.strings.join(" ").split(/\s/).filter(s=>s!=="")));for(let s in e)e[s]&&!this.nt?.has(s)&&this.st.add(s);return this.render(e)}let t=i.element.classList;for(let s of this.st)s in e||(t.remove(s),this.st.delete(s));for(let s in e){let r=!!e[s];r===this.st.has(s)||this.nt?.has(s)||(r?(t.add(s),this.st.add(s)):(t.remove(s),this.st.delete(s)))}return R}});var{I:Bi}=Xt,$s=i=>i;var _s=()=>document.createComment(""),ce=(i,e,t)=>{let s=i._$AA.parentNode,r=e===void 0?i._$AB:e._$AA;if(t===void 0){let o=s.insertBefore(_s(),r),n=s.insertBefore(_s(),r);t=new Bi(o,n,i,i.options)}else{let o=t._$AB.nextSibling,n=t._$AM,l=n!==i;if(l){let a;t._$AQ?.(i),t._$AM=i,t._$AP!==void 0&&(a=i._$AU)!==n._$AU&&t._$AP(a)}if(o!==r||l){let a=t._$AA;for(;a!==o;){let u=$s(a).nextSibling;$s(s).insertBefore(a,r),a=u}}}return t},q=(i,e,t=i)=>(i._$AI(e,t),i),Wi={},ws=(i,e=Wi)=>i._$AH=e,Ms=i=>i._$AH,Qe=i=>{i._$AR(),i._$AA.remove()};var Ss=(i,e,t)=>{let s=new Map;for(let r=e;r<=t;r++)s.set(i[r],r);return s},Es=Xe(class extends le{constructor(i){if(super(i),i.type!==Je.CHILD)throw Error("repeat() can only be used in text expressions")}dt(i,e,t){let s;t===void 0?t=e:e!==void 0&&(s=e);let r=[],o=[],n=0;for(let l of i)r[n]=s?s(l,n):n,o[n]=t(l,n),n++;return{values:o,keys:r}}render(i,e,t){return this.dt(i,e,t).values}update(i,[e,t,s]){let r=Ms(i),{values:o,keys:n}=this.dt(e,t,s);if(!Array.isArray(r))return this.ut=n,o;let l=this.ut??=[],a=[],u,g,h=0,b=r.length-1,f=0,$=o.length-1;for(;h<=b&&f<=$;)if(r[h]===null)h++;else if(r[b]===null)b--;else if(l[h]===n[f])a[f]=q(r[h],o[f]),h++,f++;else if(l[b]===n[$])a[$]=q(r[b],o[$]),b--,$--;else if(l[h]===n[$])a[$]=q(r[h],o[$]),ce(i,a[$+1],r[h]),h++,$--;else if(l[b]===n[f])a[f]=q(r[b],o[f]),ce(i,r[h],r[b]),b--,f++;else if(u===void 0&&(u=Ss(n,f,$),g=Ss(l,h,b)),u.has(l[h]))if(u.has(l[b])){let P=g.get(n[f]),se=P!==void 0?r[P]:null;if(se===null){let Lt=ce(i,r[h]);q(Lt,o[f]),a[f]=Lt}else a[f]=q(se,o[f]),ce(i,r[h],se),r[P]=null;f++}else Qe(r[b]),b--;else Qe(r[h]),h++;for(;f<=$;){let P=ce(i,a[$+1]);q(P,o[f]),a[f++]=P}for(;h<=b;){let P=r[h++];P!==null&&Qe(P)}return this.ut=n,ws(i,a),R}});var As={HassTurnOn:"tool_on",HassTurnOff:"tool_off",HassLightSet:"tool_set",HassSetPosition:"tool_set",HassClimateSetTemperature:"tool_set",HassSetVolume:"tool_set",HassGetState:"tool_get",GetLiveContext:"tool_get"},Ts=(i,e)=>{let t=i.split("__").at(-1)??i,s=Object.hasOwn(As,t)?As[t]:void 0;if(s)return e(s);let r=t.replace(/^Hass/,"").replace(/([a-z])([A-Z])/g,"$1 $2").replaceAll("_"," ");return r.charAt(0).toUpperCase()+r.slice(1).toLowerCase()},Ps=i=>{for(let e of["name","area","floor","item","domain"]){let t=i[e],s=Array.isArray(t)?t.join(", "):t;if(typeof s=="string"&&s)return s}return""};var x=i=>e=>{customElements.get(i)||customElements.define(i,e)};var qi={microphone:A`<rect x="9" y="3" width="6" height="11" rx="3"/><path d="M5 11a7 7 0 0 0 14 0M12 18v3"/>`,muted:A`<path d="M9 9v2a3 3 0 0 0 5 2.2M15 10V6a3 3 0 0 0-5.8-1M5 11a7 7 0 0 0 11 5.7M19 11a7 7 0 0 1-.6 2.8M12 18v3M4 3l16 17"/>`,end:A`<path d="M3 14c5-5 13-5 18 0l-2 3-4-1.5v-2.5c-2-.6-4-.6-6 0v2.5L5 17z"/>`,keyboard:A`<rect x="2.5" y="6" width="19" height="12" rx="2"/><path d="M6 10h.01M10 10h.01M14 10h.01M18 10h.01M8 14h8"/>`,settings:A`<path d="M4 7h9M19 7h1M4 12h2M12 12h8M4 17h9M19 17h1"/><circle cx="16" cy="7" r="2.5"/><circle cx="9" cy="12" r="2.5"/><circle cx="16" cy="17" r="2.5"/>`,expand:A`<path d="M14 4h6v6M20 4l-7 7M10 20H4v-6M4 20l7-7"/>`,close:A`<path d="M6 6l12 12M18 6L6 18"/>`,send:A`<path d="M12 20V4M5 11l7-7 7 7"/>`,down:A`<path d="M12 5v14M5 12l7 7 7-7"/>`,stop:A`<rect x="7" y="7" width="10" height="10" rx="2"/>`,done:A`<path d="M5 12l5 5 9-10"/>`,warning:A`<path d="M12 4l9 16H3zM12 10v4M12 17h.01"/>`},k=i=>d`<svg
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
    ${qi[i]}
  </svg>`;var _=y`
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
`;var ji=40,L=class extends v{constructor(){super(...arguments);this.sayings=[];this.text=()=>"";this.confirm=()=>{};this.follows=!0;this.scrolled=()=>{let{scrollTop:t,scrollHeight:s,clientHeight:r}=this.list;this.follows=s-t-r<ji};this.toNewest=()=>{this.follows=!0,this.list.focus()}}render(){let{sayings:t,text:s}=this;return d`
      <div
        class="captions"
        role="log"
        aria-live="off"
        aria-label=${s("captions")}
        tabindex="0"
        @scroll=${this.scrolled}
      >
        ${Es(t,({key:r})=>r,r=>this.saying(r))}
      </div>
      ${this.follows?p:d`<button class="icon newest" aria-label=${s("newest")} title=${s("newest")} @click=${this.toNewest}>
              ${k("down")}
            </button>`}
      <div class="hidden" aria-live="polite">${this.lastSentence()}</div>
    `}updated(){this.follows&&(this.list.scrollTop=this.list.scrollHeight)}saying(t){switch(t.kind){case"user":return d`<p class=${ks({user:!0,partial:!t.isFinal})} dir="auto">${t.text}</p>`;case"agent":return this.agentSaying(t);case"tool":return this.tool(t);case"confirm":return this.question(t);case"break":return d`<p class="break">${this.text("again")}</p>`}}agentSaying(t){let s=kt(t).trimStart(),r=hs(t);return!s&&!r?p:d`<p class="agent" dir="auto">${s}${r?d`<s>${r}</s>`:p}</p>`}tool({name:t,arguments:s,status:r,result:o}){let n=r==="running"?d`<span class="spinner"></span>`:k(r==="done"?"done":"warning");return d`<p class="tool ${r}" title=${o??""}>
      ${n}<span>${this.action(t,s)}</span>
      <span class="hidden">${this.text(r)}</span>
    </p>`}question({id:t,name:s,arguments:r,allow:o}){return o!==void 0?d`<p class="tool ${o?"done":"failed"}">
        ${k(o?"done":"close")}
        <span>${this.action(s,r)}: ${this.text(o?"allowed":"denied")}</span>
      </p>`:d`<div class="ask" role="alertdialog" aria-label=${this.text("ask")}>
      <p>${this.text("ask")} <b>${this.action(s,r)}</b></p>
      <div class="choices">
        <button class="text main" @click=${()=>this.confirm(t,!0)}>${this.text("allow")}</button>
        <button class="text" @click=${()=>this.confirm(t,!1)}>${this.text("deny")}</button>
      </div>
    </div>`}action(t,s){let r=Ps(s);return Ts(t,this.text)+(r&&` · ${r}`)}lastSentence(){let t=this.sayings.findLast(s=>s.kind==="user"&&s.isFinal||s.kind==="agent"&&s.totalMs!==void 0);return t?.kind==="user"?`${this.text("you")}: ${t.text}`:t?.kind==="agent"?t.parts.map(({text:s})=>s).join(""):""}};L.styles=[_,y`
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
      .break {
        align-self: center;
        color: var(--secondary-text-color, #616161);
        font-size: 0.85em;
      }
      .newest {
        position: absolute;
        inset-block-end: 8px;
        inset-inline: 0;
        margin-inline: auto;
        color: var(--primary-text-color, #212121);
        background: var(--ha-card-background, var(--card-background-color, #fff));
        box-shadow: 0 1px 6px rgb(0 0 0 / 40%);
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
    `],c([m({attribute:!1})],L.prototype,"sayings",2),c([m({attribute:!1})],L.prototype,"text",2),c([m({attribute:!1})],L.prototype,"confirm",2),c([T(".captions")],L.prototype,"list",2),c([M()],L.prototype,"follows",2),L=c([x("playai-captions")],L);var j=class extends v{constructor(){super(...arguments);this.text=()=>"";this.typed=t=>{t.key==="Enter"&&!t.shiftKey&&!t.isComposing&&this.send(t),t.key!=="Escape"&&t.stopPropagation()};this.send=t=>{t.preventDefault();let s=this.box.value.trim();s&&(this.call?.say(s),this.box.value="")}}focus(){this.updateComplete.then(()=>this.box.focus())}render(){let{text:t}=this;return d`<form @submit=${this.send}>
      <textarea
        rows="1"
        maxlength="4000"
        aria-label=${t("message")}
        placeholder=${t("message")}
        @keydown=${this.typed}
      ></textarea>
      <button class="icon main" aria-label=${t("send")} title=${t("send")}>${k("send")}</button>
    </form>`}};j.styles=[_,y`
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
    `],c([m({attribute:!1})],j.prototype,"call",2),c([m({attribute:!1})],j.prototype,"text",2),c([T("textarea")],j.prototype,"box",2),j=c([x("playai-composer")],j);var Rs=y`
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
  .dot {
    inline-size: 10px;
    block-size: 10px;
    margin-inline: 8px;
    border-radius: 50%;
    flex: none;
    background: #d50000;
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
`;var Cs={invalid_key:"error_key",key_not_allowed:"error_key",unknown_agent:"error_not_found",too_many_connections:"error_busy",cannot_connect:"error_agent_away",connection_lost:"error_agent_away",not_this_server:"error_agent_away",not_encrypted:"error_agent_away",tls:"error_agent_away",agent_hung_up:"ended_agent"},Mt=(i,e)=>{let t=Object.hasOwn(Cs,i)?Cs[i]:void 0;if(t)return t;let s=`error_${i}`;return s in e?s:"error_agent_failed"};var Fi=new Set(["permission","no_microphone","microphone_busy","microphone"]),Os=(i,e,t)=>{let s=e.get;return i?.phase==="failed"?Gi(i,e,t):i?.phase==="ended"?i.reason==="bye"?p:d`<div class="notice over" role="status">
      <span>${s(`ended_${i.reason}`)}</span>
    </div>`:i?.isSoundBlocked?d`<div class="notice" role="alert">
      <button class="text main" @click=${()=>i.unblock()}>${s("hear")}</button>
    </div>`:i?.notice?d`<div class="notice" role="alert">
    <span>${s(Mt(i.notice,e.all)).replace("{name}",i.noticeName||s("microphone"))}</span>
    <button class="icon" aria-label=${s("dismiss")} @click=${()=>i.dismissNotice()}>${k("close")}</button>
  </div>`:p},Gi=({reason:i},e,{typing:t,start:s})=>{let r=e.get,o=i==="old_page"?d`<button class="text main" @click=${()=>location.reload()}>${r("reload")}</button>`:d`<button class="text" @click=${()=>s(!0)}>${r("retry")}</button>`,n=d`<button class="text" @click=${()=>s(!1)}>${r("type_instead")}</button>`;return d`<div class="notice error" role="alert">
    <span>${r(Mt(i,e.all))}</span>
    ${o} ${Fi.has(i)&&t?n:p}
  </div>`};var Ze=new Set,St=new Set,Ls=new IntersectionObserver(i=>{for(let{target:e,isIntersecting:t}of i)t?Ze.add(e):Ze.delete(e);for(let e of St)e()}),Hs=i=>Ls.observe(i),Ns=i=>{Ls.unobserve(i),Ze.delete(i);for(let e of St)e()},Us=()=>Ze.size>0,Ds=i=>{St.add(i)};var et=async i=>{try{return await navigator.clipboard.writeText(i),!0}catch{return Vi(i)}},Vi=i=>{let e=document.querySelector("playai-dialog")?.shadowRoot?.querySelector("dialog"),t=Object.assign(document.createElement("textarea"),{value:i});t.style.position="fixed",t.style.opacity="0",(e??document.body).append(t),t.select();let s=document.execCommand("copy");return t.remove(),s};var tt=y`
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
`;var Is="playai-talk",zs={microphone:"",microphoneName:"",speaker:"",speakerName:"",volume:1},D=()=>{try{let i=JSON.parse(localStorage.getItem(Is)??"{}"),e={...zs,...i};return{microphone:String(e.microphone),microphoneName:String(e.microphoneName),speaker:String(e.speaker),speakerName:String(e.speakerName),volume:Math.min(1,Math.max(0,Number(e.volume)))||0}}catch{return zs}},$e=i=>{try{localStorage.setItem(Is,JSON.stringify({...D(),...i}))}catch{}};var Yi=new Set(["","default","communications"]),Ks=i=>{let{value:e,selectedOptions:t}=i.target;return[e,e&&(t[0]?.text??"")]},z=class extends v{constructor(){super();this.text=()=>"";this.devices=[];this.inUse="";this.frame=0;this.list=async()=>{this.devices=await navigator.mediaDevices?.enumerateDevices()??[]};this.showLevel=()=>{!this.meter||!this.call||(this.meter.value=this.call.levels.user,this.frame=requestAnimationFrame(this.showLevel))};this.chooseMicrophone=t=>{let[s,r]=Ks(t);$e({microphone:s,microphoneName:r}),this.call?.isLive&&this.call.useMicrophone(s)};this.chooseSpeaker=t=>{let[s,r]=Ks(t);$e({speaker:s,speakerName:r}),this.call?.isLive&&this.call.useSpeaker(s)};new w(this)}connectedCallback(){super.connectedCallback(),navigator.mediaDevices?.addEventListener("devicechange",this.list),this.list()}disconnectedCallback(){super.disconnectedCallback(),navigator.mediaDevices?.removeEventListener("devicechange",this.list),cancelAnimationFrame(this.frame)}render(){let{call:t,text:s}=this,r=D(),o=t?.isMicrophoneOn;return d`
      <label>
        ${s("microphone")}
        ${this.select("audioinput",r.microphone,r.microphoneName,this.chooseMicrophone)}
      </label>
      ${o?d`<div class="name">
              ${t.microphoneName}
              <meter aria-label=${s("level")} min="0" max="1"></meter>
            </div>`:p}
      ${ze()?d`<label>
              ${s("speaker")}
              ${this.select("audiooutput",r.speaker,r.speakerName,this.chooseSpeaker)}
            </label>`:p}
    `}updated(t){let s=this.call?.microphoneName??"";s!==this.inUse&&this.list(),this.inUse=s,cancelAnimationFrame(this.frame),this.meter&&(this.frame=requestAnimationFrame(this.showLevel))}select(t,s,r,o){let n=this.devices.filter(u=>u.kind===t&&!Yi.has(u.deviceId)),l=!s||n.some(({deviceId:u})=>u===s),a=n.length?`${r} (${this.text("device_missing")})`:r;return d`<select @change=${o}>
      <option value="" ?selected=${!s}>${this.text("device_default")}</option>
      ${l?p:d`<option value=${s} selected>${a}</option>`}
      ${n.map(({deviceId:u,label:g})=>d`<option value=${u} ?selected=${u===s}>${g||u.slice(0,8)}</option>`)}
    </select>`}};z.styles=[_,tt,y`
      :host {
        display: grid;
        gap: 12px;
      }
      meter {
        inline-size: 100%;
        block-size: 10px;
      }
      .name {
        color: var(--secondary-text-color, #616161);
        overflow-wrap: anywhere;
      }
    `],c([m({attribute:!1})],z.prototype,"call",2),c([m({attribute:!1})],z.prototype,"text",2),c([M()],z.prototype,"devices",2),c([T("meter")],z.prototype,"meter",2),z=c([x("playai-devices")],z);var Bs=300,Ji=3400,Et=.25,Xi=.05,Qi=.5,Ws=i=>{let e=new Int16Array(Math.round(i*24e3)),t=Et+Xi,s=Ji/Bs;for(let r=0;r<e.length;r++){let o=r/24e3%t/Et;if(o>=1)continue;let n=Bs*Et*(s**o-1)/Math.log(s),l=Math.sin(Math.PI*o);e[r]=Math.round(32767*Qi*l*Math.sin(2*Math.PI*n))}return e};var qs=6,Zi=-52,er=-42,Fs=({room:i,raw:e,left:t})=>e<i+qs?"none":t<Math.max(Zi,i+qs)?"good":t<er?"fair":"bad",tr={from:500,to:1500},sr={from:500,to:2e3},ir={from:3e3,to:5e3},rr=20,js=24e3/10,or=3e4,st=class{#e;#t=new oe({report:({reply:e,ms:t})=>this.#v(e,t),changed:()=>{}});#o;#i;#r=new MessageChannel;#s=0;#n=0;#a=[];#l=0;#d=!1;#c=()=>{};#p=()=>{};constructor(e){this.#e=e;let t={report:({level:s})=>this.#b(s),lost:()=>this.#p(new DOMException("","NotFoundError")),systemMuted:()=>{}};this.#o=new Z(t,{cancelsEcho:!1}),this.#i=new Z(t)}async measure(){let{speaker:e,volume:t}=this.#e;try{await this.#h(this.#o);let s=setTimeout(()=>this.#p(new Error("too long")),or);try{this.#t.volume=t,await this.#t.open(this.#r.port2),e&&await this.#t.useSpeaker(e).catch(()=>{}),this.#l=0;let r=await this.#f(tr,()=>this.#l),o=await this.#u(sr);return this.#o.close(),await this.#h(this.#i),{room:r,raw:o,left:await this.#u(ir)}}finally{clearTimeout(s)}}finally{this.close()}}close(){this.#d=!0,this.#p(new Error("closed"));for(let e of[this.#o,this.#i,this.#t])e.close();this.#r.port1.close()}async#h(e){await e.open(new MessageChannel().port1,this.#e.microphone)}async#u(e){return this.#y(e.to),this.#f(e,()=>this.#n)}async#f({from:e,to:t},s){return await this.#g(()=>s()>=e),this.#a=[],await this.#g(()=>s()>=t&&this.#a.length>0),nr(this.#a)}#y(e){let t=++this.#s;this.#n=0;let s=Ws(e/1e3);for(let r=0;r<s.length;r+=js)this.#m({type:"audio",reply:t,offset:r,samples:s.slice(r,r+js)});this.#m({type:"end",reply:t,ms:e})}#m(e){this.#r.port1.postMessage(e)}#v(e,t){e===this.#s&&(this.#n=t),this.#c()}#b(e){this.#a.push(e),this.#l+=rr,this.#c()}async#g(e){await new Promise((t,s)=>{if(this.#d)return s(new Error("closed"));this.#p=s,this.#c=()=>{e()&&t()},this.#c()})}},nr=i=>{let e=i.reduce((t,s)=>t+10**(Ue(s)/10),0);return 10*Math.log10(Math.max(e/i.length,1e-6))};var de=(i,e)=>i===void 0?void 0:`${Math.round(i)} ${e}`,ar={socket:"WebSocket",connection:"Home Assistant"},O=class extends v{constructor(){super();this.text=()=>"";this.isCopied=!1;this.measure=async()=>{this.echo=this.problem=void 0;let t=De();if(t){this.problem=`error_${t}`;return}this.meter=new st({...D(),mode:"open"});try{this.echo=await this.meter.measure()}catch(s){this.call?.isLive||(this.problem=`error_${re(s)}`)}finally{this.meter=void 0}};this.copy=async()=>{let{call:t,echo:s}=this,r=t&&{phase:t.phase,reason:t.reason,features:t.features,mode:t.mode},o={...t?.figures,...r,echo:s,browser:navigator.userAgent};this.isCopied=await et(JSON.stringify(o,null,2))};new w(this)}disconnectedCallback(){super.disconnectedCallback(),this.meter?.close()}willUpdate(){this.call?.isLive&&this.meter?.close()}render(){let{call:t,text:s}=this;return d`<details>
      <summary>${s("figures")}</summary>
      <dl>
        ${this.rows().map(([r,o])=>o===void 0?p:d`<dt>${s(r)}</dt><dd>${o}</dd>`)}
      </dl>
      <p role="status">${this.result()}</p>
      ${t?.isLive?p:d`<button class="text" ?disabled=${this.meter!==void 0} @click=${this.measure}>${s("echo_test")}</button>`}
      <button class="text" @click=${this.copy}>${s(this.isCopied?"copied":"copy_figures")}</button>
    </details>`}rows(){let{call:t,echo:s}=this,r=t?.figures;return[["figure_response",de(r?.responseMs,"ms")],["figure_agent",de(r?.agentMs,"ms")],["figure_underruns",r&&`${r.underruns}`],["figure_transport",r?.transport&&ar[r.transport]],["figure_resumes",r&&`${r.resumes}`],["figure_echo",de(r?.echoDb,"dB")],["figure_room",de(s?.room,"dB")],["figure_raw",de(s?.raw,"dB")],["figure_left",de(s?.left,"dB")]]}result(){return this.meter?this.text("echo_testing"):this.problem?this.text(this.problem):this.echo?this.text(`echo_${Fs(this.echo)}`):""}};O.styles=[_,y`
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
      p {
        margin: 8px 0;
      }
    `],c([m({attribute:!1})],O.prototype,"call",2),c([m({attribute:!1})],O.prototype,"text",2),c([M()],O.prototype,"echo",2),c([M()],O.prototype,"problem",2),c([M()],O.prototype,"meter",2),c([M()],O.prototype,"isCopied",2),O=c([x("playai-measurements")],O);var lr=["open","hold","toggle"],Gs=i=>i.target.value,H=class extends v{constructor(){super();this.text=()=>"";this.mode="open";this.agentName="";this.startAgain=()=>{this.call?.isLive?this.call.again():this.call?.forget(),this.last="again"};this.changeVolume=t=>{let s=Number(Gs(t));$e({volume:s}),this.call&&(this.call.volume=s)};this.changeMode=t=>{let s=Gs(t);this.dispatchEvent(new CustomEvent("mode-changed",{detail:s}))};this.copyWords=async()=>{let t=us(this.call.transcript,this.text("you"),this.agentName);await et(t)&&(this.last="copy")};new w(this)}render(){let{call:t,text:s}=this,r=!!t?.transcript.sayings.length;return d`
      <playai-devices .call=${t} .text=${s}></playai-devices>
      <label>
        ${s("volume")}
        <input type="range" min="0" max="1" step="0.05" .value=${String(D().volume)} @input=${this.changeVolume} />
      </label>
      <label>
        ${s("mode")}
        <select @change=${this.changeMode}>
          ${lr.map(o=>d`<option value=${o} ?selected=${o===this.mode}>${s(`mode_${o}`)}</option>`)}
        </select>
      </label>
      <div class="actions">
        ${t?.isLive||r?d`<button class="text" @click=${this.startAgain}>${s(this.last==="again"?"done":"again")}</button>`:p}
        ${t?.isLive&&t.hasMicrophone?d`<button class="text" aria-pressed=${t.isOff} @click=${()=>t.switchOff(!t.isOff)}>
                ${s("microphone_off")}
              </button>`:p}
        ${r?d`<button class="text" @click=${this.copyWords}>${s(this.last==="copy"?"copied":"copy")}</button>`:p}
      </div>
      <playai-measurements .call=${t} .text=${s}></playai-measurements>
    `}};H.styles=[_,tt,y`
      :host {
        display: grid;
        align-content: start;
        gap: 12px;
        padding: 12px 16px 16px;
        overflow-y: auto;
        color: var(--primary-text-color, #212121);
        background: var(--ha-card-background, var(--card-background-color, #fff));
      }
      .actions {
        display: flex;
        flex-wrap: wrap;
        gap: 8px;
      }
    `],c([m({attribute:!1})],H.prototype,"call",2),c([m({attribute:!1})],H.prototype,"text",2),c([m()],H.prototype,"mode",2),c([m()],H.prototype,"agentName",2),c([M()],H.prototype,"last",2),H=c([x("playai-settings")],H);var pe=(i,e)=>{if(!i||!i.isLive)return"tap_to_talk";let{phase:t}=i;if(t==="listening"||t==="hearing"){if(!i.hasMicrophone)return"status_typing";if(i.isOff)return"status_off";if(i.isMuted)return"status_muted";if(!i.isMicrophoneOn)return"status_no_microphone";if(e!=="open"&&!i.isHeld)return e==="hold"?"hint_hold":"hint_toggle"}return`status_${t}`},_e=i=>i?.phase==="speaking"||i?.phase==="thinking",Vs=(i,e)=>{if(i?.isLive)return i.isHeld?e==="hold"?"hint_release":"hint_done":_e(i)&&e==="open"?"hint_interrupt":void 0},Ys=(i,e)=>i?.isLive?e==="open"?"interrupt":e==="hold"?"hint_hold":"hint_toggle":"talk";var Js=({phase:i,user:e,agent:t,isMuted:s})=>{let r={radius:.62,wobble:0,speed:0,isWaiting:!1};switch(i){case"idle":case"ended":return{...r,color:"user"};case"failed":return{...r,color:"problem"};case"connecting":case"reconnecting":return{...r,color:"idle",isWaiting:!0,speed:1};case"thinking":return{color:"agent",radius:.62,wobble:.05,speed:1.2,isWaiting:!0};case"speaking":{let o=Math.max(t,e);return{color:"agent",radius:.62+.2*o,wobble:.05+.12*o,speed:1+o,isWaiting:!1}}case"listening":case"hearing":{if(s)return{...r,color:"idle"};let o=.62+.2*e,n=.03+.1*e;return{color:"user",radius:o,wobble:n,speed:.5+e,isWaiting:!1}}}};var cr=[{alpha:.22,grow:1.16,pace:.7,waves:3},{alpha:.34,grow:1.07,pace:-.9,waves:4},{alpha:1,grow:1,pace:1,waves:3}],Xs=72,dr=.22,pr=1/1e3,I=class extends v{constructor(){super(...arguments);this.phase="idle";this.muted=!1;this.levels={user:0,agent:0};this.frame=0;this.stillness=matchMedia("(prefers-reduced-motion: reduce)");this.sizes=new ResizeObserver(()=>this.draw());this.draw=()=>{cancelAnimationFrame(this.frame),this.frame=0;let t=this.canvas?.getContext("2d");if(!t||!this.isConnected)return;let s=Js({phase:this.phase,isMuted:this.muted,...this.levels}),r=this.stillness.matches,o=r?{...s,wobble:0}:this.approach(s);this.paint(t,o,r?0:performance.now()*pr),s.speed>0&&!r&&(this.frame=requestAnimationFrame(this.draw))}}connectedCallback(){super.connectedCallback(),this.sizes.observe(this),this.draw()}disconnectedCallback(){super.disconnectedCallback(),this.sizes.disconnect(),cancelAnimationFrame(this.frame),this.frame=0}render(){return d`<canvas></canvas>`}updated(t){this.colors=void 0,this.draw()}approach(t){let s=this.shown??t,r=(o,n)=>o+(n-o)*dr;return this.shown=t.speed===0?t:{...t,radius:r(s.radius,t.radius),wobble:r(s.wobble,t.wobble)},this.shown}paint(t,s,r){let o=devicePixelRatio,n=Math.round(this.clientWidth*o);this.canvas.width!==n&&(this.canvas.width=this.canvas.height=n),t.clearRect(0,0,n,n);let l=n/2;t.fillStyle=t.strokeStyle=this.color(s.color);for(let{alpha:a,grow:u,pace:g,waves:h}of cr){t.globalAlpha=a;let b=Math.min(.98,s.radius*u)*l;t.beginPath();for(let f=0;f<=Xs;f++){let $=2*Math.PI*f/Xs,P=Math.sin(h*$+r*g*2.1)+Math.sin((h-1)*$-r*g*1.3),se=Math.min(l,b*(1+s.wobble*P/2));t.lineTo(l+se*Math.cos($),l+se*Math.sin($))}t.fill()}if(t.globalAlpha=1,s.isWaiting){t.lineWidth=3*o,t.lineCap="round",t.beginPath();let a=r*2.5;t.arc(l,l,l*.9,a,a+Math.PI/2),t.stroke()}}color(t){if(!this.colors){let s=getComputedStyle(this),r=o=>s.getPropertyValue(`--orb-${o}`).trim();this.colors={user:r("user"),agent:r("agent"),problem:r("problem"),idle:r("idle")}}return this.colors[t]}};I.styles=y`
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
  `,c([m()],I.prototype,"phase",2),c([m({type:Boolean})],I.prototype,"muted",2),c([m({attribute:!1})],I.prototype,"levels",2),c([T("canvas")],I.prototype,"canvas",2),I=c([x("playai-orb")],I);var K=class extends v{constructor(){super();this.label="";this.mode="open";this.disabled=!1;this.tapped=()=>{let{call:t}=this;t?.isLive?this.mode==="open"?t.interrupt():this.mode==="toggle"&&t.hold(!t.isHeld):this.dispatchEvent(new CustomEvent("talk"))};this.pointed=t=>{this.mode!=="hold"||!this.call?.isLive||t.button!==0||(t.currentTarget.setPointerCapture(t.pointerId),this.call.hold(!0))};this.pressed=t=>{let s=t.key===" "||t.key==="Enter";this.mode==="hold"&&this.call?.isLive&&s&&!t.repeat&&this.call.hold(!0)};this.released=()=>{this.mode==="hold"&&this.call?.hold(!1)};new w(this)}disconnectedCallback(){super.disconnectedCallback(),this.call?.hold(!1)}render(){let{call:t,mode:s}=this;return d`<button
      aria-label=${this.label}
      aria-pressed=${s!=="open"&&t?.isLive?t.isHeld:p}
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
    </button>`}glyph(){let{call:t}=this;return t?.isLive?t.isMuted?k("muted"):_e(t)?k("stop"):p:k("microphone")}};K.styles=[_,y`
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
    `],c([m({attribute:!1})],K.prototype,"call",2),c([m()],K.prototype,"label",2),c([m()],K.prototype,"mode",2),c([m({type:Boolean})],K.prototype,"disabled",2),K=c([x("playai-talk-button")],K);var hr=0,ur=1,mr=2,fr=3,yr=4,gr=16,vr=255,Pt=class{#e;#t=new Map;#o=new Map;#i=0;#r=0;#s=0;#n=!1;constructor(e){this.#e=e,e.addEventListener("disconnected",()=>this.#h(1006))}open(e,t){let s=this.#r=this.#r%vr+1;return this.#t.set(s,t),this.#o.set(s,e),this.#e.connected?this.#n?this.#l():this.#a():queueMicrotask(()=>this.#u(s,1006)),{send:r=>typeof r=="string"?this.#p(s,ur,new TextEncoder().encode(r)):this.#p(s,mr,r),close:()=>{this.#o.delete(s),this.#t.delete(s)&&this.#p(s,fr)}}}async#a(){this.#n=!0;try{await this.#e.subscribeMessage(e=>this.#d(e),{type:"playai/talk/connect"})}catch{this.#n=!1,this.#h(this.#e.connected?Ie:1006)}}#l(){if(this.#i){for(let[e,t]of this.#o)this.#p(e,hr,new TextEncoder().encode(t));this.#o.clear()}}#d(e){if(e.handler)return this.#i=e.handler,this.#s=0,this.#l();++this.#s%gr===0&&this.#c();let t=e.socket??0,s=this.#t.get(t);e.open?s?.opened():e.text!==void 0?s?.received(e.text):e.data!==void 0?s?.received(br(e.data)):e.close!==void 0&&this.#u(t,e.close)}#c(){let e=new Uint8Array(4);new DataView(e.buffer).setUint32(0,this.#s,!0),this.#p(0,yr,e)}#p(e,t,s=new Uint8Array(0)){let{socket:r}=this.#e;if(!this.#i||r?.readyState!==WebSocket.OPEN)return 0;let o=new Uint8Array(3+s.length);return o.set([this.#i,e,t]),o.set(s,3),r.send(o),r.bufferedAmount}#h(e){this.#i=0;for(let t of[...this.#t.keys()])this.#u(t,e)}#u(e,t){let s=this.#t.get(e);this.#t.delete(e),this.#o.delete(e),s?.closed(t)}},br=i=>Uint8Array.from(atob(i),e=>e.charCodeAt(0)).buffer,Tt,Qs,Zs=i=>((!Tt||Qs!==i)&&(Tt=new Pt(i)),Qs=i,Tt);var xr=new Set(["unauthorized","not_found","not_ready","too_many_talks"]),kr=i=>{let e=i?.code;return typeof e!="string"?"home_away":e==="unknown_command"?"not_ready":xr.has(e)?e:"internal"},$r=(i,e)=>{let t=r=>r.split("-")[0].toLowerCase();return e.some(r=>r==="*"||t(r)===t(i))?i:e[0]??i},_r=async(i,e)=>{let{agents:t}=await i.callWS({type:"playai/talk/agents"}),s=t.find(({entity_id:r})=>r===e);return $r(i.locale.language,s?.languages??[])},ei=async(i,{agent:e,areaId:t})=>{try{let{protocol:s,path:r}=await i.callWS({type:"playai/talk/open",agent:e,language:await _r(i,e),...t&&{area_id:t}}),o=new URL(i.hassUrl(),location.href).href;return{protocol:s,path:r,base:o,relay:Zs(i.connection)}}catch(s){throw new B(kr(s))}};var it=(i,e)=>S.start(i.agent,{open:()=>{let t=ae();if(!t||!i.agent)throw new B(t?"no_agent":"home_away");return ei(t,i)},settings:{...D(),mode:i.mode}},e);var ti=["cs","da","de","en","es","fr","it","nl","pl","pt-BR","pt","sv"],Rt=new Map,wr=i=>{let e=i.toLowerCase();return ti.find(s=>s.toLowerCase()===e)??ti.find(s=>s===e.split("-")[0])??"en"},si=i=>{let e=wr(i),t=Rt.get(e);return t||(t=import(new URL(`./language-${e}.js`,import.meta.url).href).then(r=>r.default),Rt.set(e,t),t.catch(()=>Rt.delete(e))),t};var F=class{constructor(e,t){this.#o="";this.#i={};this.get=e=>this.#i[e]??"";this.#e=e,this.#t=t,e.addController(this)}#e;#t;#o;#i;get all(){return this.#i}hostUpdate(){let e=this.#t();e!==this.#o&&(this.#o=e,si(e).then(t=>{this.#i=t,this.#e.requestUpdate()},()=>{this.#o=""}))}};var E=class extends v{constructor(){super();this.target={agent:"",name:"",mode:"open"};this.captions=!0;this.typing=!0;this.preview=!1;this.corner="expand";this.hasSettings=!1;this.isTyping=!1;this.texts=new F(this,()=>ae()?.locale.language??"en");this.pressed=t=>{if(t.key==="Escape"){if(this.hasSettings)this.hasSettings=!1;else if(_e(this.call))this.call.interrupt();else return;t.preventDefault(),t.stopPropagation()}};this.toggleTyping=async()=>{this.isTyping=!this.isTyping,await this.updateComplete,this.composer?.focus()};this.modeChanged=({detail:t})=>{this.chosenMode=t,this.call?.isLive&&this.call.setMode(t)};this.turnCorner=()=>{this.dispatchEvent(new CustomEvent(this.corner,{bubbles:!0,composed:!0}))};new w(this)}connectedCallback(){super.connectedCallback(),Hs(this)}disconnectedCallback(){super.disconnectedCallback(),Ns(this)}get call(){return S.with(this.target.agent)}get mode(){return this.chosenMode??this.target.mode}render(){let{call:t,mode:s}=this,r=this.texts.get,o=t?.transcript.sayings??[],n=this.captions?o:o.filter(vt),l=n.length>0,a=Vs(t,s);return d`
      <section class=${l?"talks":""} style="display:contents" @keydown=${this.pressed}>
        ${this.header()}
        <div class="stage">
          <playai-talk-button
            .call=${t}
            .mode=${s}
            .label=${r(Ys(t,s))}
            .disabled=${this.preview}
            @talk=${()=>this.start(!0)}
          ></playai-talk-button>
          <div class="words">
            <p class="status">${r(pe(t,s))}</p>
            <p class="hint">${a?r(a):p}</p>
          </div>
        </div>
        ${l?d`<playai-captions
                .sayings=${n}
                .text=${r}
                .confirm=${(u,g)=>t?.confirm(u,g)}
              ></playai-captions>`:p}
        ${Os(t,this.texts,{typing:this.typing,start:u=>this.start(u)})}
        ${t?.isLive&&this.isTyping?d`<playai-composer .call=${t} .text=${r}></playai-composer>`:p}
        ${this.controls()}
        ${this.hasSettings?d`<playai-settings
                .call=${t}
                .text=${r}
                .mode=${s}
                .agentName=${this.target.name}
                @mode-changed=${this.modeChanged}
              ></playai-settings>`:p}
      </section>
    `}willUpdate(t){t.has("target")&&t.get("target")?.agent!==this.target.agent&&(this.chosenMode=void 0)}header(){let{call:t,corner:s,hasSettings:r}=this,o=this.texts.get("microphone_open");return d`<header>
      <h2>${this.target.name||this.call?.agent}</h2>
      ${t?.isMicrophoneOn&&!t.isMuted?d`<span class="dot" role="img" aria-label=${o} title=${o}></span>`:p}
      <button
        class="icon"
        aria-label=${this.texts.get("settings")}
        title=${this.texts.get("settings")}
        aria-expanded=${r}
        @click=${()=>this.hasSettings=!r}
      >
        ${k(r?"close":"settings")}
      </button>
      ${s?this.iconButton(s,k(s),this.turnCorner):p}
    </header>`}controls(){let{call:t}=this;if(!t?.isLive)return p;let{isMuted:s}=t;return d`<div class="controls">
      ${t.hasMicrophone?this.iconButton(s?"unmute":"mute",k(s?"muted":"microphone"),()=>t.toggleMute(),s?"on":""):p}
      ${this.typing&&t.features.includes("text")?d`<button
              class="icon"
              aria-label=${this.texts.get("keyboard")}
              title=${this.texts.get("keyboard")}
              aria-pressed=${this.isTyping}
              @click=${this.toggleTyping}
            >
              ${k("keyboard")}
            </button>`:p}
      ${this.iconButton("end",k("end"),()=>t.end(),"danger")}
    </div>`}iconButton(t,s,r,o=""){let n=this.texts.get(t);return d`<button class="icon ${o}" aria-label=${n} title=${n} @click=${r}>
      ${s}
    </button>`}start(t){this.isTyping=!t,it({...this.target,mode:this.mode},{microphone:t})}};E.styles=[_,Rs],c([m({attribute:!1})],E.prototype,"target",2),c([m({type:Boolean})],E.prototype,"captions",2),c([m({type:Boolean})],E.prototype,"typing",2),c([m({type:Boolean})],E.prototype,"preview",2),c([m()],E.prototype,"corner",2),c([M()],E.prototype,"chosenMode",2),c([M()],E.prototype,"hasSettings",2),c([M()],E.prototype,"isTyping",2),c([T("playai-composer")],E.prototype,"composer",2),E=c([x("playai-conversation")],E);var Ct="playai-dialog",ee=class extends v{constructor(){super(...arguments);this.target={agent:"",name:"",mode:"open"};this.close=()=>this.dialog.close();this.clicked=t=>{t.target===this.dialog&&this.close()}}render(){return d`<dialog aria-label=${this.target.name} @close=${this.remove} @click=${this.clicked}>
      <playai-conversation .target=${this.target} corner="close" @close=${this.close}></playai-conversation>
    </dialog>`}connectedCallback(){super.connectedCallback(),addEventListener("location-changed",this.close),addEventListener("popstate",this.close)}disconnectedCallback(){super.disconnectedCallback(),removeEventListener("location-changed",this.close),removeEventListener("popstate",this.close)}firstUpdated(){this.dialog.showModal()}};ee.styles=y`
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
  `,c([m({attribute:!1})],ee.prototype,"target",2),c([T("dialog")],ee.prototype,"dialog",2),ee=c([x(Ct)],ee);var we=i=>{if(document.querySelector(Ct))return;let{dir:e}=document;document.body.append(Object.assign(document.createElement(Ct),{target:i,dir:e}))};var Ot="playai-pill",Me=class extends v{constructor(){super();this.texts=new F(this,()=>ae()?.locale.language??"en");this.open=()=>{let t=S.current;we({agent:S.agent,name:t.agent,mode:t.mode})};new w(this),Ds(()=>this.requestUpdate())}render(){let t=S.current;if(!t?.isLive||Us())return p;let s=this.texts.get,r=s(t.isMuted?"unmute":"mute");return d`<div role="region" dir=${document.dir} aria-label=${t.agent}>
      <button class="open" @click=${this.open}>
        <span class="dot ${t.isMuted||!t.isMicrophoneOn?"off":""}"></span>
        <span>${t.agent} · ${s(pe(t,t.mode))}</span>
      </button>
      ${t.hasMicrophone?d`<button class="icon ${t.isMuted?"on":""}" aria-label=${r} @click=${()=>t.toggleMute()}>
              ${k(t.isMuted?"muted":"microphone")}
            </button>`:p}
      <button class="icon danger" aria-label=${s("end")} @click=${()=>t.end()}>${k("end")}</button>
    </div>`}};Me.styles=[_,y`
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
    `],Me=c([x(Ot)],Me);var ii=()=>{document.querySelector(Ot)||document.body.append(document.createElement(Ot))};var te=class extends v{constructor(){super(...arguments);this.config={}}connectedCallback(){super.connectedCallback(),ii()}willUpdate(){this.hass&&vs(this.hass)}get target(){let{agent:t,name:s,area_id:r,mode:o="open"}=this.config,n=t??(this.hass&&bs(this.hass)[0])??"",l=s||(this.hass&&n?xs(this.hass,n):""),a={agent:n,name:l,areaId:r,mode:o};return JSON.stringify(a)!==JSON.stringify(this.shown)&&(this.shown=a),this.shown}};c([m({attribute:!1})],te.prototype,"hass",2),c([m({attribute:!1})],te.prototype,"config",2);var he=class extends te{constructor(){super(...arguments);this.preview=!1}render(){let{show_captions:t=!0,show_text:s=!0}=this.config;return d`<div class="card">
      <playai-conversation
        .target=${this.target}
        .captions=${t}
        .typing=${s}
        .preview=${this.preview}
        @expand=${()=>we(this.target)}
      ></playai-conversation>
    </div>`}};he.styles=y`
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
  `,c([m({type:Boolean})],he.prototype,"preview",2),he=c([x("playai-card-view")],he);var ue=class extends te{constructor(){super(...arguments);this.narrow=!1}render(){return d`<div class="page ${this.narrow?"narrow":""}">
      ${this.narrow?d`<ha-menu-button .hass=${this.hass} .narrow=${!0}></ha-menu-button>`:p}
      <playai-conversation .target=${this.target} corner=""></playai-conversation>
    </div>`}};ue.styles=y`
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
  `,c([m({type:Boolean})],ue.prototype,"narrow",2),ue=c([x("playai-panel-view")],ue);var rt=class extends te{constructor(){super();this.texts=new F(this,()=>this.hass?.locale.language??"en");this.talk=()=>{let{target:t}=this;S.with(t.agent)?.isLive||it(t),we(t)};new w(this)}get label(){let t=S.with(this.target.agent);return t?.isLive?this.texts.get(pe(t,t.mode)):this.texts.get("talk")}},Se=class extends rt{render(){return d`<button @click=${this.talk}>
      ${k("microphone")}<span>${this.config.name||this.label}</span>
    </button>`}};Se.styles=[_,y`
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
    `],Se=c([x("playai-badge-view")],Se);var me=class extends rt{constructor(){super(...arguments);this.agent=""}willUpdate(){super.willUpdate(),this.config={...this.config,agent:this.agent}}render(){return d`<button @click=${this.talk}>${k("microphone")}<span>${this.label}</span></button>`}};me.styles=[_,y`
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
    `],c([m()],me.prototype,"agent",2),me=c([x("playai-feature-view")],me);
