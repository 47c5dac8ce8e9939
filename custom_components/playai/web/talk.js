var ri=Object.defineProperty;var oi=Object.getOwnPropertyDescriptor;var Ct=i=>{throw TypeError(i)};var a=(i,e,t,s)=>{for(var r=s>1?void 0:s?oi(e,t):e,o=i.length-1,n;o>=0;o--)(n=i[o])&&(r=(s?n(e,t,r):n(r))||r);return s&&r&&ri(e,t,r),r};var Ot=(i,e,t)=>e.has(i)||Ct("Cannot "+t);var Lt=(i,e,t)=>(Ot(i,e,"read from private field"),t?t.call(i):e.get(i)),Ht=(i,e,t)=>e.has(i)?Ct("Cannot add the same private member more than once"):e instanceof WeakSet?e.add(i):e.set(i,t),Nt=(i,e,t,s)=>(Ot(i,e,"write to private field"),s?s.call(i,t):e.set(i,t),t);var we=globalThis,_e=we.ShadowRoot&&(we.ShadyCSS===void 0||we.ShadyCSS.nativeShadow)&&"adoptedStyleSheets"in Document.prototype&&"replace"in CSSStyleSheet.prototype,Je=Symbol(),Dt=new WeakMap,le=class{constructor(e,t,s){if(this._$cssResult$=!0,s!==Je)throw Error("CSSResult is not constructable. Use `unsafeCSS` or `css` instead.");this.cssText=e,this.t=t}get styleSheet(){let e=this.o,t=this.t;if(_e&&e===void 0){let s=t!==void 0&&t.length===1;s&&(e=Dt.get(t)),e===void 0&&((this.o=e=new CSSStyleSheet).replaceSync(this.cssText),s&&Dt.set(t,e))}return e}toString(){return this.cssText}},Ut=i=>new le(typeof i=="string"?i:i+"",void 0,Je),m=(i,...e)=>{let t=i.length===1?i[0]:e.reduce((s,r,o)=>s+(n=>{if(n._$cssResult$===!0)return n.cssText;if(typeof n=="number")return n;throw Error("Value passed to 'css' function must be a 'css' function result: "+n+". Use 'unsafeCSS' to pass non-literal values, but take care to ensure page security.")})(r)+i[o+1],i[0]);return new le(t,i,Je)},It=(i,e)=>{if(_e)i.adoptedStyleSheets=e.map(t=>t instanceof CSSStyleSheet?t:t.styleSheet);else for(let t of e){let s=document.createElement("style"),r=we.litNonce;r!==void 0&&s.setAttribute("nonce",r),s.textContent=t.cssText,i.appendChild(s)}},Xe=_e?i=>i:i=>i instanceof CSSStyleSheet?(e=>{let t="";for(let s of e.cssRules)t+=s.cssText;return Ut(t)})(i):i;var{is:ni,defineProperty:ai,getOwnPropertyDescriptor:li,getOwnPropertyNames:ci,getOwnPropertySymbols:di,getPrototypeOf:pi}=Object,Me=globalThis,zt=Me.trustedTypes,hi=zt?zt.emptyScript:"",ui=Me.reactiveElementPolyfillSupport,ce=(i,e)=>i,de={toAttribute(i,e){switch(e){case Boolean:i=i?hi:null;break;case Object:case Array:i=i==null?i:JSON.stringify(i)}return i},fromAttribute(i,e){let t=i;switch(e){case Boolean:t=i!==null;break;case Number:t=i===null?null:Number(i);break;case Object:case Array:try{t=JSON.parse(i)}catch{t=null}}return t}},Se=(i,e)=>!ni(i,e),Kt={attribute:!0,type:String,converter:de,reflect:!1,useDefault:!1,hasChanged:Se};Symbol.metadata??=Symbol("metadata"),Me.litPropertyMetadata??=new WeakMap;var L=class extends HTMLElement{static addInitializer(e){this._$Ei(),(this.l??=[]).push(e)}static get observedAttributes(){return this.finalize(),this._$Eh&&[...this._$Eh.keys()]}static createProperty(e,t=Kt){if(t.state&&(t.attribute=!1),this._$Ei(),this.prototype.hasOwnProperty(e)&&((t=Object.create(t)).wrapped=!0),this.elementProperties.set(e,t),!t.noAccessor){let s=Symbol(),r=this.getPropertyDescriptor(e,s,t);r!==void 0&&ai(this.prototype,e,r)}}static getPropertyDescriptor(e,t,s){let{get:r,set:o}=li(this.prototype,e)??{get(){return this[t]},set(n){this[t]=n}};return{get:r,set(n){let c=r?.call(this);o?.call(this,n),this.requestUpdate(e,c,s)},configurable:!0,enumerable:!0}}static getPropertyOptions(e){return this.elementProperties.get(e)??Kt}static _$Ei(){if(this.hasOwnProperty(ce("elementProperties")))return;let e=pi(this);e.finalize(),e.l!==void 0&&(this.l=[...e.l]),this.elementProperties=new Map(e.elementProperties)}static finalize(){if(this.hasOwnProperty(ce("finalized")))return;if(this.finalized=!0,this._$Ei(),this.hasOwnProperty(ce("properties"))){let t=this.properties,s=[...ci(t),...di(t)];for(let r of s)this.createProperty(r,t[r])}let e=this[Symbol.metadata];if(e!==null){let t=litPropertyMetadata.get(e);if(t!==void 0)for(let[s,r]of t)this.elementProperties.set(s,r)}this._$Eh=new Map;for(let[t,s]of this.elementProperties){let r=this._$Eu(t,s);r!==void 0&&this._$Eh.set(r,t)}this.elementStyles=this.finalizeStyles(this.styles)}static finalizeStyles(e){let t=[];if(Array.isArray(e)){let s=new Set(e.flat(1/0).reverse());for(let r of s)t.unshift(Xe(r))}else e!==void 0&&t.push(Xe(e));return t}static _$Eu(e,t){let s=t.attribute;return s===!1?void 0:typeof s=="string"?s:typeof e=="string"?e.toLowerCase():void 0}constructor(){super(),this._$Ep=void 0,this.isUpdatePending=!1,this.hasUpdated=!1,this._$Em=null,this._$Ev()}_$Ev(){this._$ES=new Promise(e=>this.enableUpdating=e),this._$AL=new Map,this._$E_(),this.requestUpdate(),this.constructor.l?.forEach(e=>e(this))}addController(e){(this._$EO??=new Set).add(e),this.renderRoot!==void 0&&this.isConnected&&e.hostConnected?.()}removeController(e){this._$EO?.delete(e)}_$E_(){let e=new Map,t=this.constructor.elementProperties;for(let s of t.keys())this.hasOwnProperty(s)&&(e.set(s,this[s]),delete this[s]);e.size>0&&(this._$Ep=e)}createRenderRoot(){let e=this.shadowRoot??this.attachShadow(this.constructor.shadowRootOptions);return It(e,this.constructor.elementStyles),e}connectedCallback(){this.renderRoot??=this.createRenderRoot(),this.enableUpdating(!0),this._$EO?.forEach(e=>e.hostConnected?.())}enableUpdating(e){}disconnectedCallback(){this._$EO?.forEach(e=>e.hostDisconnected?.())}attributeChangedCallback(e,t,s){this._$AK(e,s)}_$ET(e,t){let s=this.constructor.elementProperties.get(e),r=this.constructor._$Eu(e,s);if(r!==void 0&&s.reflect===!0){let o=(s.converter?.toAttribute!==void 0?s.converter:de).toAttribute(t,s.type);this._$Em=e,o==null?this.removeAttribute(r):this.setAttribute(r,o),this._$Em=null}}_$AK(e,t){let s=this.constructor,r=s._$Eh.get(e);if(r!==void 0&&this._$Em!==r){let o=s.getPropertyOptions(r),n=typeof o.converter=="function"?{fromAttribute:o.converter}:o.converter?.fromAttribute!==void 0?o.converter:de;this._$Em=r;let c=n.fromAttribute(t,o.type);this[r]=c??this._$Ej?.get(r)??c,this._$Em=null}}requestUpdate(e,t,s,r=!1,o){if(e!==void 0){let n=this.constructor;if(r===!1&&(o=this[e]),s??=n.getPropertyOptions(e),!((s.hasChanged??Se)(o,t)||s.useDefault&&s.reflect&&o===this._$Ej?.get(e)&&!this.hasAttribute(n._$Eu(e,s))))return;this.C(e,t,s)}this.isUpdatePending===!1&&(this._$ES=this._$EP())}C(e,t,{useDefault:s,reflect:r,wrapped:o},n){s&&!(this._$Ej??=new Map).has(e)&&(this._$Ej.set(e,n??t??this[e]),o!==!0||n!==void 0)||(this._$AL.has(e)||(this.hasUpdated||s||(t=void 0),this._$AL.set(e,t)),r===!0&&this._$Em!==e&&(this._$Eq??=new Set).add(e))}async _$EP(){this.isUpdatePending=!0;try{await this._$ES}catch(t){Promise.reject(t)}let e=this.scheduleUpdate();return e!=null&&await e,!this.isUpdatePending}scheduleUpdate(){return this.performUpdate()}performUpdate(){if(!this.isUpdatePending)return;if(!this.hasUpdated){if(this.renderRoot??=this.createRenderRoot(),this._$Ep){for(let[r,o]of this._$Ep)this[r]=o;this._$Ep=void 0}let s=this.constructor.elementProperties;if(s.size>0)for(let[r,o]of s){let{wrapped:n}=o,c=this[r];n!==!0||this._$AL.has(r)||c===void 0||this.C(r,void 0,o,c)}}let e=!1,t=this._$AL;try{e=this.shouldUpdate(t),e?(this.willUpdate(t),this._$EO?.forEach(s=>s.hostUpdate?.()),this.update(t)):this._$EM()}catch(s){throw e=!1,this._$EM(),s}e&&this._$AE(t)}willUpdate(e){}_$AE(e){this._$EO?.forEach(t=>t.hostUpdated?.()),this.hasUpdated||(this.hasUpdated=!0,this.firstUpdated(e)),this.updated(e)}_$EM(){this._$AL=new Map,this.isUpdatePending=!1}get updateComplete(){return this.getUpdateComplete()}getUpdateComplete(){return this._$ES}shouldUpdate(e){return!0}update(e){this._$Eq&&=this._$Eq.forEach(t=>this._$ET(t,this[t])),this._$EM()}updated(e){}firstUpdated(e){}};L.elementStyles=[],L.shadowRootOptions={mode:"open"},L[ce("elementProperties")]=new Map,L[ce("finalized")]=new Map,ui?.({ReactiveElement:L}),(Me.reactiveElementVersions??=[]).push("2.1.2");var rt=globalThis,Bt=i=>i,Ee=rt.trustedTypes,Wt=Ee?Ee.createPolicy("lit-html",{createHTML:i=>i}):void 0,Yt="$lit$",K=`lit$${Math.random().toFixed(9).slice(2)}$`,Jt="?"+K,mi=`<${Jt}>`,G=document,he=()=>G.createComment(""),ue=i=>i===null||typeof i!="object"&&typeof i!="function",ot=Array.isArray,fi=i=>ot(i)||typeof i?.[Symbol.iterator]=="function",Ze=`[ 	
\f\r]`,pe=/<(?:(!--|\/[^a-zA-Z])|(\/?[a-zA-Z][^>\s]*)|(\/?$))/g,qt=/-->/g,Ft=/>/g,F=RegExp(`>|${Ze}(?:([^\\s"'>=/]+)(${Ze}*=${Ze}*(?:[^ 	
\f\r"'\`<>=]|("|')|))|$)`,"g"),jt=/'/g,Gt=/"/g,Xt=/^(?:script|style|textarea|title)$/i,nt=i=>(e,...t)=>({_$litType$:i,strings:e,values:t}),d=nt(1),S=nt(2),Or=nt(3),H=Symbol.for("lit-noChange"),p=Symbol.for("lit-nothing"),Vt=new WeakMap,j=G.createTreeWalker(G,129);function Zt(i,e){if(!ot(i)||!i.hasOwnProperty("raw"))throw Error("invalid template strings array");return Wt!==void 0?Wt.createHTML(e):e}var gi=(i,e)=>{let t=i.length-1,s=[],r,o=e===2?"<svg>":e===3?"<math>":"",n=pe;for(let c=0;c<t;c++){let l=i[c],u,y,f=-1,A=0;for(;A<l.length&&(n.lastIndex=A,y=n.exec(l),y!==null);)A=n.lastIndex,n===pe?y[1]==="!--"?n=qt:y[1]!==void 0?n=Ft:y[2]!==void 0?(Xt.test(y[2])&&(r=RegExp("</"+y[2],"g")),n=F):y[3]!==void 0&&(n=F):n===F?y[0]===">"?(n=r??pe,f=-1):y[1]===void 0?f=-2:(f=n.lastIndex-y[2].length,u=y[1],n=y[3]===void 0?F:y[3]==='"'?Gt:jt):n===Gt||n===jt?n=F:n===qt||n===Ft?n=pe:(n=F,r=void 0);let E=n===F&&i[c+1].startsWith("/>")?" ":"";o+=n===pe?l+mi:f>=0?(s.push(u),l.slice(0,f)+Yt+l.slice(f)+K+E):l+K+(f===-2?c:E)}return[Zt(i,o+(i[t]||"<?>")+(e===2?"</svg>":e===3?"</math>":"")),s]},me=class i{constructor({strings:e,_$litType$:t},s){let r;this.parts=[];let o=0,n=0,c=e.length-1,l=this.parts,[u,y]=gi(e,t);if(this.el=i.createElement(u,s),j.currentNode=this.el.content,t===2||t===3){let f=this.el.content.firstChild;f.replaceWith(...f.childNodes)}for(;(r=j.nextNode())!==null&&l.length<c;){if(r.nodeType===1){if(r.hasAttributes())for(let f of r.getAttributeNames())if(f.endsWith(Yt)){let A=y[n++],E=r.getAttribute(f).split(K),O=/([.?@])?(.*)/.exec(A);l.push({type:1,index:o,name:O[2],strings:E,ctor:O[1]==="."?et:O[1]==="?"?tt:O[1]==="@"?st:te}),r.removeAttribute(f)}else f.startsWith(K)&&(l.push({type:6,index:o}),r.removeAttribute(f));if(Xt.test(r.tagName)){let f=r.textContent.split(K),A=f.length-1;if(A>0){r.textContent=Ee?Ee.emptyScript:"";for(let E=0;E<A;E++)r.append(f[E],he()),j.nextNode(),l.push({type:2,index:++o});r.append(f[A],he())}}}else if(r.nodeType===8)if(r.data===Jt)l.push({type:2,index:o});else{let f=-1;for(;(f=r.data.indexOf(K,f+1))!==-1;)l.push({type:7,index:o}),f+=K.length-1}o++}}static createElement(e,t){let s=G.createElement("template");return s.innerHTML=e,s}};function ee(i,e,t=i,s){if(e===H)return e;let r=s!==void 0?t._$Co?.[s]:t._$Cl,o=ue(e)?void 0:e._$litDirective$;return r?.constructor!==o&&(r?._$AO?.(!1),o===void 0?r=void 0:(r=new o(i),r._$AT(i,t,s)),s!==void 0?(t._$Co??=[])[s]=r:t._$Cl=r),r!==void 0&&(e=ee(i,r._$AS(i,e.values),r,s)),e}var Qe=class{constructor(e,t){this._$AV=[],this._$AN=void 0,this._$AD=e,this._$AM=t}get parentNode(){return this._$AM.parentNode}get _$AU(){return this._$AM._$AU}u(e){let{el:{content:t},parts:s}=this._$AD,r=(e?.creationScope??G).importNode(t,!0);j.currentNode=r;let o=j.nextNode(),n=0,c=0,l=s[0];for(;l!==void 0;){if(n===l.index){let u;l.type===2?u=new fe(o,o.nextSibling,this,e):l.type===1?u=new l.ctor(o,l.name,l.strings,this,e):l.type===6&&(u=new it(o,this,e)),this._$AV.push(u),l=s[++c]}n!==l?.index&&(o=j.nextNode(),n++)}return j.currentNode=G,r}p(e){let t=0;for(let s of this._$AV)s!==void 0&&(s.strings!==void 0?(s._$AI(e,s,t),t+=s.strings.length-2):s._$AI(e[t])),t++}},fe=class i{get _$AU(){return this._$AM?._$AU??this._$Cv}constructor(e,t,s,r){this.type=2,this._$AH=p,this._$AN=void 0,this._$AA=e,this._$AB=t,this._$AM=s,this.options=r,this._$Cv=r?.isConnected??!0}get parentNode(){let e=this._$AA.parentNode,t=this._$AM;return t!==void 0&&e?.nodeType===11&&(e=t.parentNode),e}get startNode(){return this._$AA}get endNode(){return this._$AB}_$AI(e,t=this){e=ee(this,e,t),ue(e)?e===p||e==null||e===""?(this._$AH!==p&&this._$AR(),this._$AH=p):e!==this._$AH&&e!==H&&this._(e):e._$litType$!==void 0?this.$(e):e.nodeType!==void 0?this.T(e):fi(e)?this.k(e):this._(e)}O(e){return this._$AA.parentNode.insertBefore(e,this._$AB)}T(e){this._$AH!==e&&(this._$AR(),this._$AH=this.O(e))}_(e){this._$AH!==p&&ue(this._$AH)?this._$AA.nextSibling.data=e:this.T(G.createTextNode(e)),this._$AH=e}$(e){let{values:t,_$litType$:s}=e,r=typeof s=="number"?this._$AC(e):(s.el===void 0&&(s.el=me.createElement(Zt(s.h,s.h[0]),this.options)),s);if(this._$AH?._$AD===r)this._$AH.p(t);else{let o=new Qe(r,this),n=o.u(this.options);o.p(t),this.T(n),this._$AH=o}}_$AC(e){let t=Vt.get(e.strings);return t===void 0&&Vt.set(e.strings,t=new me(e)),t}k(e){ot(this._$AH)||(this._$AH=[],this._$AR());let t=this._$AH,s,r=0;for(let o of e)r===t.length?t.push(s=new i(this.O(he()),this.O(he()),this,this.options)):s=t[r],s._$AI(o),r++;r<t.length&&(this._$AR(s&&s._$AB.nextSibling,r),t.length=r)}_$AR(e=this._$AA.nextSibling,t){for(this._$AP?.(!1,!0,t);e!==this._$AB;){let s=Bt(e).nextSibling;Bt(e).remove(),e=s}}setConnected(e){this._$AM===void 0&&(this._$Cv=e,this._$AP?.(e))}},te=class{get tagName(){return this.element.tagName}get _$AU(){return this._$AM._$AU}constructor(e,t,s,r,o){this.type=1,this._$AH=p,this._$AN=void 0,this.element=e,this.name=t,this._$AM=r,this.options=o,s.length>2||s[0]!==""||s[1]!==""?(this._$AH=Array(s.length-1).fill(new String),this.strings=s):this._$AH=p}_$AI(e,t=this,s,r){let o=this.strings,n=!1;if(o===void 0)e=ee(this,e,t,0),n=!ue(e)||e!==this._$AH&&e!==H,n&&(this._$AH=e);else{let c=e,l,u;for(e=o[0],l=0;l<o.length-1;l++)u=ee(this,c[s+l],t,l),u===H&&(u=this._$AH[l]),n||=!ue(u)||u!==this._$AH[l],u===p?e=p:e!==p&&(e+=(u??"")+o[l+1]),this._$AH[l]=u}n&&!r&&this.j(e)}j(e){e===p?this.element.removeAttribute(this.name):this.element.setAttribute(this.name,e??"")}},et=class extends te{constructor(){super(...arguments),this.type=3}j(e){this.element[this.name]=e===p?void 0:e}},tt=class extends te{constructor(){super(...arguments),this.type=4}j(e){this.element.toggleAttribute(this.name,!!e&&e!==p)}},st=class extends te{constructor(e,t,s,r,o){super(e,t,s,r,o),this.type=5}_$AI(e,t=this){if((e=ee(this,e,t,0)??p)===H)return;let s=this._$AH,r=e===p&&s!==p||e.capture!==s.capture||e.once!==s.once||e.passive!==s.passive,o=e!==p&&(s===p||r);r&&this.element.removeEventListener(this.name,this,s),o&&this.element.addEventListener(this.name,this,e),this._$AH=e}handleEvent(e){typeof this._$AH=="function"?this._$AH.call(this.options?.host??this.element,e):this._$AH.handleEvent(e)}},it=class{constructor(e,t,s){this.element=e,this.type=6,this._$AN=void 0,this._$AM=t,this.options=s}get _$AU(){return this._$AM._$AU}_$AI(e){ee(this,e)}};var yi=rt.litHtmlPolyfillSupport;yi?.(me,fe),(rt.litHtmlVersions??=[]).push("3.3.3");var Qt=(i,e,t)=>{let s=t?.renderBefore??e,r=s._$litPart$;if(r===void 0){let o=t?.renderBefore??null;s._$litPart$=r=new fe(e.insertBefore(he(),o),o,void 0,t??{})}return r._$AI(i),r};var at=globalThis,g=class extends L{constructor(){super(...arguments),this.renderOptions={host:this},this._$Do=void 0}createRenderRoot(){let e=super.createRenderRoot();return this.renderOptions.renderBefore??=e.firstChild,e}update(e){let t=this.render();this.hasUpdated||(this.renderOptions.isConnected=this.isConnected),super.update(e),this._$Do=Qt(t,this.renderRoot,this.renderOptions)}connectedCallback(){super.connectedCallback(),this._$Do?.setConnected(!0)}disconnectedCallback(){super.disconnectedCallback(),this._$Do?.setConnected(!1)}render(){return H}};g._$litElement$=!0,g.finalized=!0,at.litElementHydrateSupport?.({LitElement:g});var vi=at.litElementPolyfillSupport;vi?.({LitElement:g});(at.litElementVersions??=[]).push("4.2.2");var bi={attribute:!0,type:String,converter:de,reflect:!1,hasChanged:Se},xi=(i=bi,e,t)=>{let{kind:s,metadata:r}=t,o=globalThis.litPropertyMetadata.get(r);if(o===void 0&&globalThis.litPropertyMetadata.set(r,o=new Map),s==="setter"&&((i=Object.create(i)).wrapped=!0),o.set(t.name,i),s==="accessor"){let{name:n}=t;return{set(c){let l=e.get.call(this);e.set.call(this,c),this.requestUpdate(n,l,i,!0,c)},init(c){return c!==void 0&&this.C(n,void 0,i,c),c}}}if(s==="setter"){let{name:n}=t;return function(c){let l=this[n];e.call(this,c),this.requestUpdate(n,l,i,!0,c)}}throw Error("Unsupported decorator location: "+s)};function h(i){return(e,t)=>typeof t=="object"?xi(i,e,t):((s,r,o)=>{let n=r.hasOwnProperty(o);return r.constructor.createProperty(o,s),n?Object.getOwnPropertyDescriptor(r,o):void 0})(i,e,t)}function w(i){return h({...i,state:!0,attribute:!1})}var V=(i,e,t)=>(t.configurable=!0,t.enumerable=!0,Reflect.decorate&&typeof e!="object"&&Object.defineProperty(i,e,t),t);function M(i,e){return(t,s,r)=>{let o=n=>n.renderRoot?.querySelector(i)??null;if(e){let{get:n,set:c}=typeof s=="object"?t:r??(()=>{let l=Symbol();return{get(){return this[l]},set(u){this[l]=u}}})();return V(t,s,{get(){let l=n.call(this);return l===void 0&&(l=o(this),(l!==null||this.hasUpdated)&&c.call(this,l)),l}})}return V(t,s,{get(){return o(this)}})}}var Ae=i=>-60+i*48;var ki=.4,$i=.04,es=()=>({underruns:0,droppedFrames:0,waitingMs:0,flushes:0,resumes:0,newTalks:0}),ts=(i,e)=>{i.roundTripMs=e,i.slowestRoundTripMs=Math.max(i.slowestRoundTripMs??0,e)},ss=(i,{user:e,agent:t})=>{if(t<=ki)return;let s=Ae(e),r=i.echoDb??s;i.echoDb=r+(s-r)*$i};var lt={phase:"idle",before:"connecting",reason:""},wi=new Set(["idle","ended","failed"]),ct=i=>!wi.has(i),is=(i,e)=>{if(e.type==="start")return{...lt,phase:"connecting"};if(!ct(i.phase))return i;switch(e.type){case"phase":return i.phase==="reconnecting"?{...i,before:e.value}:{...i,phase:e.value,before:e.value};case"lost":return{...i,phase:"reconnecting"};case"resumed":return i.phase==="reconnecting"?{...i,phase:i.before}:i;case"end":return{...i,phase:"ended",reason:e.reason};case"fail":return{...i,phase:"failed",reason:e.key}}};var Te=()=>globalThis.isSecureContext?"AudioWorkletNode"in globalThis&&"Worker"in globalThis?void 0:"unsupported":"insecure",rs=()=>/AppleWebKit/.test(navigator.userAgent)&&!/Chrome|Chromium|Android/.test(navigator.userAgent),Pe=()=>"AudioContext"in globalThis&&"setSinkId"in AudioContext.prototype,ge=class extends Error{},Re=["permission","no_microphone","microphone_busy","microphone"],se=i=>{if(i instanceof ge)return"old_page";let e=i instanceof DOMException?i.name:"";return e==="NotAllowedError"||e==="SecurityError"?"permission":e==="NotFoundError"||e==="OverconstrainedError"?"no_microphone":e==="NotReadableError"||e==="AbortError"?"microphone_busy":"microphone"};var T={stopping:1001,ended:4e3,reloading:4001,forbidden:4003,gone:4004,flood:4008,replaced:4009,slow:4013,invalid:4400,otherProtocol:4426};var Ce=1;var _i={[T.forbidden]:"forbidden",[T.otherProtocol]:"old_page",[T.flood]:"internal",[T.invalid]:"internal",[Ce]:"blocked"},Mi=new Set([T.stopping,T.reloading,T.gone]),Si=4e3,ns=i=>{let e=_i[i];return e?{type:"fail",key:e}:i===T.replaced?{type:"end",reason:"replaced"}:i===T.ended?{type:"end",reason:"agent"}:i>=Si&&!Mi.has(i)?{type:"fail",key:"internal"}:{type:"reopen"}};var B=class extends Error{constructor(t){super(t);this.key=t}};var Oe=class{#e;#t;constructor(e){this.#e=e}handle(e){let{socket:t}=e;if(e.type==="relay_open")return this.#o(t,e.path);if(t!==this.#t?.socket)return;if(e.type==="relay_close")return this.close();let{data:s}=e,r=this.#t.channel.send(s);this.#e({type:"relay_sent",socket:t,bytes:s.length,waiting:r})}close(){this.#t?.channel.close(),this.#t=void 0}#o(e,t){if(this.close(),!this.relay)return this.#e({type:"relay_closed",socket:e,code:1006});let s=this.relay.open(t,{opened:()=>this.#e({type:"relay_opened",socket:e}),received:r=>this.#e({type:"relay_received",socket:e,data:r}),closed:r=>this.#e({type:"relay_closed",socket:e,code:r})});this.#t={socket:e,channel:s}}};var Ei=new URL("./worker.js",import.meta.url),Ai=1e3,Le=class{#e;#t=new Oe(e=>this.#o(e));constructor(e,t){this.#e=new Worker(Ei,{type:"module",name:"playai-talk"}),this.#e.onmessage=({data:s})=>{as(s)?this.#t.handle(s):e(s)},this.#e.onerror=({message:s})=>t(s?"unsupported":"old_page")}connect(e,t){this.#e.postMessage({type:"ports",microphone:e,player:t},[e,t])}open(e,t,s,r){this.#t.relay=r,this.#o({type:"open",path:e,base:t,transport:s})}send(e){this.#o({type:"send",message:e})}close(){this.#e.onmessage=({data:e})=>{as(e)&&this.#t.handle(e)},this.#o({type:"close"}),setTimeout(()=>{this.#t.close(),this.#e.terminate()},Ai)}#o(e){this.#e.postMessage(e)}},as=i=>i.type.startsWith("relay_");var Ti=2e3,cs=6e4,Pi=3*cs,Ri=new Set(["home_away","not_ready","not_found"]),ls="socket",He=class{#e;#t;#o;#i;#r=0;#s=Date.now();#n=!1;#a=!1;constructor(e,t){this.#e=e,this.#t=t,this.#o=new Le(s=>this.#l(s),s=>{this.#a||t({type:"fail",key:s})})}connect(e,t){this.#o.connect(e,t)}async open(){this.#n||(this.#s=Date.now());try{let{protocol:e,path:t,base:s,relay:r}=await this.#e();if(this.#a)return;e===1?this.#o.open(t,s,ls,r):this.#t({type:"fail",key:"old_page"})}catch(e){if(this.#a)return;let t=e instanceof B?e.key:"home_away";this.#n&&Ri.has(t)?this.#c(t):this.#t({type:"fail",key:t})}}send(e){this.#o.send(e)}close(){this.#a=!0,clearTimeout(this.#i),this.#o.close()}#l(e){if(e.type==="closed")return this.#p(e.code);e.type!=="lost"&&(this.#s=Date.now()),e.type==="ready"&&(ls=e.transport),e.type!=="message"?this.#n=e.type==="lost":Ci(e.message)&&(this.#r=0),this.#t(e)}#p(e){let t=ns(e);t.type==="reopen"?this.#c("home_away"):this.#t(t)}#c(e){let t=Date.now();if(t-this.#s>Pi)return this.#t({type:"end",reason:"idle"});if(this.#r||=t+cs,t>this.#r)return this.#t({type:"fail",key:e});this.#n=!0,this.#t({type:"lost"}),clearTimeout(this.#i),this.#i=setTimeout(()=>{this.open()},Ti)}},Ci=i=>i.type==="phase"&&i.value!=="connecting";var ds={talk:0,sayings:[]},Oi=200,Li=150,Hi=65,W=(i,e,t)=>{let s=[...i.sayings],r=s.findIndex(n=>n.key===e.key);r>=0?s[r]=e:s.splice(t?s.indexOf(t):s.length,0,e);let o=s.length>Oi;return{...i,sayings:o?s.slice(-Li):s}},pt=(i,e)=>i.sayings.find(t=>t.key===e),dt=(i,e,t)=>{let s=pt(i,`${i.talk}:reply:${e}`);return s?.kind==="agent"?W(i,{...s,...t(s)}):i},ht=i=>i.kind==="confirm"&&i.allow===void 0,ut=i=>ps({talk:i.talk+1,sayings:i.sayings.filter(e=>!ht(e)).map(e=>e.kind==="tool"&&e.status==="running"?{...e,status:"failed"}:e.kind==="user"?{...e,isFinal:!0}:e.kind==="agent"&&e.heard===void 0&&!ms(e)?{...e,heard:ft(e)}:e)}),ps=(i,e="talk")=>{let t=i.sayings.at(-1);return!t||t.kind==="break"?i:W(i,{kind:"break",key:`${i.talk}:break:${e}`})},hs=(i,e)=>{let{talk:t}=i;switch(e.type){case"heard":{let{id:s,text:r,final:o}=e,n=`${t}:turn:${s}`;if(!r)return{...i,sayings:i.sayings.filter(l=>l.key!==n)};let c=i.sayings.find(l=>l.kind==="agent"&&l.turn===s&&l.key.startsWith(`${t}:`));return W(i,{kind:"user",key:n,text:r,isFinal:o},c)}case"reply":{let{id:s,turn:r}=e,o=`${t}:reply:${s}`;return W(i,{kind:"agent",key:o,reply:s,turn:r,parts:[],playedMs:0})}case"said":return dt(i,e.reply,({parts:s})=>({parts:[...s,{atMs:e.at_ms,text:e.text}]}));case"reply_end":return dt(i,e.reply,()=>({totalMs:e.ms}));case"interrupted":return dt(i,e.reply,()=>({playedMs:e.ms,heard:e.text}));case"tool":{let{id:s,name:r,domain:o,arguments:n,status:c,result:l}=e,u=`${t}:tool:${s}`;return W(i,{kind:"tool",key:u,id:s,name:r,domain:o,arguments:n,status:c,result:l})}case"confirm":{let{id:s,name:r,domain:o,arguments:n,risks:c=[]}=e,l=`${t}:ask:${s}`;return W(i,{kind:"confirm",key:l,id:s,name:r,domain:o,arguments:n,risks:c})}case"confirmed":{let s=pt(i,`${t}:ask:${e.id}`);return s?W(i,{...s,allow:e.allow}):i}case"restarted":return ps(i,e.conversation_id);default:return i}},us=(i,e,t)=>{let s=pt(i,`${i.talk}:reply:${e}`);return s?.kind!=="agent"||s.heard!==void 0||t<=s.playedMs?i:W(i,{...s,playedMs:t})},mt=i=>i.parts.map(({text:e})=>e).join(""),ms=({totalMs:i,playedMs:e})=>i!==void 0&&e>=i,ft=i=>{let{parts:e,playedMs:t,totalMs:s,heard:r}=i;if(r!==void 0)return r;if(ms(i))return mt(i);let o="";for(let[n,c]of e.entries()){let l=e.slice(n+1).find(({atMs:f})=>f>c.atMs)?.atMs??s,u=c.atMs+c.text.length*Hi,y=l??u;if(t>=y)o+=c.text;else{t>c.atMs&&(o+=Ni(c.text,(t-c.atMs)/(y-c.atMs)));break}}return o},Ni=(i,e)=>{let t=i.slice(Math.ceil(i.length*e)).search(/\s/);return t<0?i:i.slice(0,Math.ceil(i.length*e)+t)},fs=i=>{if(i.heard===void 0)return"";let e=mt(i).trimStart();return e.startsWith(i.heard)?e.slice(i.heard.length):""},gs=(i,e,t)=>i.sayings.flatMap(s=>s.kind==="user"?[`${e}: ${s.text}`]:s.kind==="agent"?[`${t}: ${s.heard??mt(s).trim()}`]:[]).join(`
`);var Ne=i=>{i.disconnect(),i.port.onmessage=null,i.port.close()};var Di=new URL("./microphone.worklet.js",import.meta.url),Ui=(i,e)=>({...i&&{deviceId:{ideal:i}},echoCancellation:e&&{ideal:"all"},noiseSuppression:!0,autoGainControl:!0,channelCount:1}),ys=i=>{for(let e of i.getTracks())e.onended=e.onmute=e.onunmute=null,e.stop()},Y=class{#e=new AudioContext({latencyHint:"interactive"});#t;#o;#i;#r;#s;#n=!1;#a=!1;#l=0;constructor(e,{cancelsEcho:t=!0}={}){this.#t=e,this.#o=t,this.resume()}get isOn(){return this.#s?.getTracks().some(e=>e.readyState==="live")??!1}get label(){return this.#s?.getAudioTracks()[0]?.label??""}get hearsSpeaker(){return this.#s?.getAudioTracks()[0]?.getSettings().echoCancellation===!1}async open(e,t){let s=this.#e.audioWorklet.addModule(Di).catch(()=>{throw new ge});if(await Promise.all([s,this.use(t)]),this.#a)return;this.#i=new AudioWorkletNode(this.#e,"playai-microphone",{numberOfOutputs:0}),this.#i.port.onmessage=({data:o})=>this.#t.report(o);let r={type:"port",port:e};this.#i.port.postMessage(r,[e]),this.#c({type:"mute",on:this.#n}),this.#r?.connect(this.#i)}async use(e){if(this.#a)return;let t=++this.#l,s=Ui(e,this.#o),r;try{r=await navigator.mediaDevices.getUserMedia({audio:s})}catch(o){if(t===this.#l)throw o;return}if(t!==this.#l)return ys(r);this.#p(r)}mute(e){this.#n=e;for(let t of this.#s?.getTracks()??[])t.enabled=!e;this.#c({type:"mute",on:e})}expectEcho(e){this.#c({type:"echo",on:e})}async resume(){await this.#e.resume()}off(){this.#l++,this.#p(void 0)}close(){this.#a=!0,this.off(),this.#i&&Ne(this.#i),this.#e.state!=="closed"&&this.#e.close()}#p(e){let[t,s]=[this.#s,this.#r];this.#s=e,this.#r=e&&this.#e.createMediaStreamSource(e),this.#i&&this.#r?.connect(this.#i),s?.disconnect(),t&&ys(t);for(let r of e?.getTracks()??[])r.enabled=!this.#n,r.onended=()=>this.#t.lost(),r.onmute=r.onunmute=()=>this.#t.systemMuted(r.muted),this.#t.systemMuted(r.muted);this.#t.replaced()}#c(e){this.#i?.port.postMessage(e)}};var Ii=new URL("./player.worklet.js",import.meta.url),zi=.25,Ki=.03,ie=class{#e=new AudioContext({sampleRate:24e3,latencyHint:"interactive"});#t;#o;#i;#r=1;#s=!1;constructor(e){this.#o=e,this.#e.onstatechange=()=>e.changed(),this.#t=this.#e.createGain(),this.#e.resume(),rs()?this.#l():this.#t.connect(this.#e.destination)}get isBlocked(){return this.#e.state==="suspended"||this.#e.state==="interrupted"}async open(e){if(await this.#e.audioWorklet.addModule(Ii),this.#e.state==="closed")return;this.node=new AudioWorkletNode(this.#e,"playai-player",{numberOfInputs:0,outputChannelCount:[1]}),this.node.port.onmessage=({data:s})=>this.#o.report(s);let t={type:"port",port:e};this.node.port.postMessage(t,[e]),this.node.connect(this.#t)}async resume(){await Promise.all([this.#e.resume(),this.#i?.play()])}interrupt(){this.#n({type:"interrupt"})}drop(){this.#n({type:"drop"})}set volume(e){this.#r=e,this.#a()}set isDucked(e){this.#s!==e&&(this.#s=e,this.#a())}async useSpeaker(e){let t=this.#e;Pe()&&await t.setSinkId?.(e)}close(){this.#e.onstatechange=null,this.node&&Ne(this.node),this.#i&&(this.#i.srcObject=null),this.#e.state!=="closed"&&this.#e.close()}#n(e){this.node?.port.postMessage(e)}#a(){let e=this.#r*(this.#s?zi:1);this.#t.gain.setTargetAtTime(e,this.#e.currentTime,Ki)}#l(){let e=navigator.audioSession;e&&(e.type="play-and-record");let t=this.#e.createMediaStreamDestination();this.#t.connect(t),this.#i=Object.assign(new Audio,{srcObject:t.stream}),this.#i.setAttribute("playsinline",""),this.#i.play().catch(()=>{})}};var Bi="default",De=(i,e,t)=>i.some(s=>s.kind===e&&s.deviceId===t)?t:"",gt=i=>i.find(({kind:e,deviceId:t})=>e==="audioinput"&&t===Bi)?.groupId,Ue=class{constructor(e,t,s,r){this.#r={microphone:"",speaker:"",group:void 0};this.#s=!1;this.#n=!1;this.#a=!1;this.#l=Promise.resolve();this.follow=()=>{this.#h(async()=>{let e=await yt();await this.#c(e),await this.#p(e)})};this.#e=e,this.#t=t,this.#o=s,this.#i=r}#e;#t;#o;#i;#r;#s;#n;#a;#l;start(){this.#r.microphone=this.#e.microphone,navigator.mediaDevices?.addEventListener("devicechange",this.follow),this.#h(async()=>{let e=await yt();this.#r.group=gt(e),this.#r.microphone=De(e,"audioinput",this.#e.microphone),await this.#c(e)})}close(){this.#a=!0,navigator.mediaDevices?.removeEventListener("devicechange",this.follow)}async useMicrophone(e){this.#e.microphone=e,this.#n||await this.#h(()=>this.#d(e))}async useSpeaker(e){this.#e.speaker=e,await this.#h(()=>this.#u(e,"speaker"))}async switchOff(e){this.#n=e,e?this.#t?.off():await this.#h(()=>this.#d(this.#e.microphone))}async#p(e){let t=this.#t;if(!t||this.#n)return;let s=De(e,"audioinput",this.#e.microphone),r=gt(e),o=!t.isOn,n=s!==this.#r.microphone||!s&&r!==this.#r.group;if(!o&&!n)return;if(!e.some(({kind:u})=>u==="audioinput"))return this.#i.note("microphone_lost");let c=t.label;if(await this.#d(s),!t.isOn||this.#n)return;let{label:l}=t;(o||l!==c)&&this.#i.note(o?"microphone_replaced":"microphone_changed",l)}async#c(e){let t=De(e,"audiooutput",this.#e.speaker);t!==this.#r.speaker&&await this.#u(t,"speaker");let s=t!==this.#e.speaker;s&&!this.#s?this.#i.note("speaker_lost"):s||this.#i.solved("speaker_lost"),this.#s=s}async#d(e){if(!this.#n)try{await this.#t?.use(e);let t=await yt();this.#r.microphone=De(t,"audioinput",e),this.#r.group=gt(t),this.#t?.isOn&&this.#i.solved(...Re,"microphone_lost")}catch(t){this.#i.note(se(t))}}async#u(e,t){try{await this.#o.useSpeaker(e),this.#r.speaker=e,this.#i.solved("speaker")}catch{this.#i.note(t)}}#h(e){return this.#l=this.#l.then(()=>this.#a?void 0:e()).catch(()=>{}),this.#l}},yt=async()=>await navigator.mediaDevices?.enumerateDevices?.()??[];var Ie=class{#e;#t=!1;constructor(){this.request=this.request.bind(this)}start(){this.#t=!0,document.addEventListener("visibilitychange",this.request),this.request()}stop(){this.#t=!1,document.removeEventListener("visibilitychange",this.request),this.#e?.release(),this.#e=void 0}async request(){if(!(document.visibilityState!=="visible"||!("wakeLock"in navigator)))try{let e=await navigator.wakeLock.request("screen");this.#t?this.#e=e:e.release()}catch{}}};var vs=5e3,ze=class{constructor(e,t,s){this.#o=new Ie;this.#a=0;this.levels={user:0,agent:0};this.isMuted=!1;this.isOff=!1;this.#i=e,this.#t=t,this.#e=s}#e;#t;#o;#i;#r;#s;#n;#a;get isMicrophoneOn(){return this.#r?.isOn??!1}get microphoneName(){return this.#r?.label??""}get hearsAgent(){return this.#r?.hearsSpeaker??!1}get isSoundBlocked(){return this.#s?.isBlocked??!1}start(e,t){this.#i=e,this.isMuted=this.isOff=!1,this.#a=0,this.#s=new ie({report:s=>this.#p(s),changed:()=>this.#e.changed()}),t&&(this.#r=new Y({report:s=>this.#l(s),lost:()=>this.#n?.follow(),systemMuted:s=>this.#d(s),replaced:()=>this.#e.hearsAgent(this.hearsAgent)})),this.#n=new Ue(e,this.#r,this.#s,this.#e)}async openMicrophone(e){await this.#r?.open(e,this.#i.microphone)}async openPlayer(e){this.#o.start(),this.volume=this.#i.volume,await this.#s?.open(e),this.#n?.start()}close(){this.#o.stop(),this.#n?.close(),this.#r?.close(),this.#s?.close(),this.#r=this.#s=this.#n=void 0,this.levels.user=this.levels.agent=0}set volume(e){this.#i.volume=e,this.#s&&(this.#s.volume=e)}set isAgentSpeaking(e){this.#r?.expectEcho(e),!e&&this.#s&&(this.#s.isDucked=!1)}mute(e){this.isMuted=e,this.#r?.mute(e)}async switchOff(e){this.isOff=e,await this.#n?.switchOff(e)}async useMicrophone(e){await this.#n?.useMicrophone(e)}async useSpeaker(e){await this.#n?.useSpeaker(e)}interrupt(){this.#s?.interrupt()}drop(){this.#s?.drop()}async unblock(){await Promise.allSettled([this.#s?.resume(),this.#r?.resume()])}#l({ms:e,level:t,isSpeech:s,isEmpty:r}){this.levels.user=t,this.#c(e,r),this.#s&&(this.#s.isDucked=s&&!this.isMuted&&this.#e.canInterrupt()),!s&&!this.isMuted&&ss(this.#t,this.levels)}#p({reply:e,ms:t,level:s,underruns:r,dropped:o,waitingMs:n}){this.levels.agent=s,this.#t.underruns=r,this.#t.droppedFrames=o,this.#t.waitingMs=n,this.#e.played(e,t)}#c(e,t){if(this.isMuted||!this.isMicrophoneOn||this.#a===1/0)return;let s=this.#a>=vs;this.#a=t?this.#a+e:1/0,t?!s&&this.#a>=vs&&this.#e.note("microphone_silent"):s&&this.#e.solved("microphone_silent")}#d(e){this.#a=e?1/0:0,e?this.#e.note("microphone_muted"):this.#e.solved("microphone_muted","microphone_silent")}};var Wi=6e4,Ke=class{constructor(e,t){this.#i=lt;this.#r=ds;this.#n=!1;this.#l=!1;this.agent="";this.features=[];this.idleSeconds=0;this.isHeld=!1;this.notice="";this.noticeName="";this.figures=es();this.#o=e,this.#e=t,this.#t=new ze(e.settings,this.figures,{canInterrupt:()=>this.mode==="open"&&this.phase==="speaking",played:(s,r)=>this.#b(s,r),hearsAgent:s=>this.#v(s),note:(s,r)=>this.#f(s,r),solved:(...s)=>{s.includes(this.notice)&&this.#f("")},changed:()=>this.#e()})}#e;#t;#o;#i;#r;#s;#n;#a;#l;get phase(){return this.#i.phase}get reason(){return this.#i.reason}get isLive(){return ct(this.phase)}get transcript(){return this.#r}get areaId(){return this.#o.areaId}get mode(){return this.#o.settings.mode}get levels(){return this.#t.levels}get isMuted(){return this.#t.isMuted}get isOff(){return this.#t.isOff}get isMicrophoneOn(){return this.#t.isMicrophoneOn}get isHeard(){return this.isMicrophoneOn&&!this.isMuted&&(this.mode==="open"||this.isHeld)}get microphoneName(){return this.#t.microphoneName}get hasMicrophone(){return this.#n}get isSoundBlocked(){return this.isLive&&this.#t.isSoundBlocked}start(e,{microphone:t=!0}={}){if(this.isLive)return;this.#o=e,this.notice="",this.isHeld=!1,this.#n=t,this.#r.sayings.length&&(this.#r=ut(this.#r)),this.#m({type:"start"});let s=Te();if(s)return this.#g(s);this.#t.start(e.settings,t),this.#s=new He(()=>this.#c(e),r=>this.#d(r)),this.#p(this.#s)}end(){this.isLive&&(this.#y(),this.#m({type:"end",reason:"bye"}))}interrupt(){this.phase==="thinking"?this.#s?.send({type:"interrupt",reply:0,ms:0}):this.phase==="speaking"&&this.#t.interrupt()}mute(e){this.#t.mute(e),this.#s?.send({type:"mute",on:e}),e&&this.hold(!1),this.#e()}toggleMute(){this.isOff?this.switchOff(!1):this.mute(!this.isMuted)}async switchOff(e){let t=this.#t.switchOff(e);this.mute(e),await t,this.#e()}hold(e){this.mode==="open"||this.isHeld===e||!this.isLive||(this.#k(e),e&&this.#t.drop(),this.#s?.send({type:"hold",on:e}),this.#e())}setMode(e){this.hold(!1),this.#o.settings.mode=e,this.#x(),this.#e()}say(e){this.#t.drop(),this.#s?.send({type:"text",text:e})}confirm(e,t){this.#s?.send({type:"confirm",id:e,allow:t})}again(){this.#t.drop(),this.#s?.send({type:"again"})}forget(){this.isLive||(this.#r={...this.#r,sayings:[]},this.#e())}async unblock(){await this.#t.unblock(),this.#e()}dismissNotice(){this.#f("")}set volume(e){this.#t.volume=e}async useMicrophone(e){await this.#t.useMicrophone(e),this.#e()}async useSpeaker(e){await this.#t.useSpeaker(e),this.#e()}async#p(e){let[t,s]=bs(),[r,o]=bs();e.connect(s,o);try{await this.#t.openMicrophone(t)}catch(n){e===this.#s&&this.#g(se(n));return}if(e===this.#s){try{await this.#t.openPlayer(r)}catch{e===this.#s&&this.#g("internal");return}e===this.#s&&await e.open()}}async#c(e){let t=await e.open();return t.otherLanguage&&this.phase==="connecting"&&this.#f("other_language",t.otherLanguage),t}#d(e){switch(e.type){case"ready":return this.figures.transport=e.transport,this.#u(e.ready,e.isResumed);case"message":return this.#h(e.message);case"round_trip":return ts(this.figures,e.ms),this.#e();case"lost":return this.#k(!1),this.#m({type:"lost"});case"end":return this.#y(),this.#m(e);case"fail":return this.#g(e.key)}}#u(e,t){this.agent=e.agent.name,this.features=e.agent.features,this.idleSeconds=e.limits.idle_s,this.#x(),t?this.figures.resumes++:(this.phase==="reconnecting"&&(this.figures.newTalks++,this.#r=ut(this.#r)),this.#l=!1,this.#v(this.#t.hearsAgent)),(this.isMuted||t)&&this.#s?.send({type:"mute",on:this.isMuted}),this.isHeld&&this.#s?.send({type:"hold",on:!0}),this.#m({type:"resumed"})}#h(e){switch(e.type){case"phase":return this.#t.isAgentSpeaking=e.value==="speaking",this.#m({type:"phase",value:e.value});case"flush":this.figures.flushes++;return;case"metric":return this.figures.responseMs=e.response_ms,this.figures.agentMs=e.agent_ms,this.#e();case"error":return this.#f(e.key);case"end":return e.reason==="error"?this.#g(e.key??"internal"):(this.#y(),this.#m({type:"end",reason:e.reason}));default:return this.#r=hs(this.#r,e),this.#e()}}#b(e,t){let s=us(this.#r,e,t);s!==this.#r&&(this.#r=s,this.#e())}#x(){this.#s?.send({type:"mode",value:this.mode==="open"?"open":"hold"})}#v(e){e!==this.#l&&(this.#l=e,this.#s?.send({type:"microphone",echo:e}))}#f(e,t=""){this.notice=e,this.noticeName=t,this.#e()}#g(e){this.#y(),this.#m({type:"fail",key:e})}#y(){this.#s?.close(),this.#s=void 0,this.#t.close(),this.#k(!1)}#k(e){this.isHeld=e,clearTimeout(this.#a),e&&(this.#a=setTimeout(()=>this.hold(!1),Wi))}#m(e){this.#i=is(this.#i,e),this.#e()}},bs=()=>{let{port1:i,port2:e}=new MessageChannel;return[i,e]};var vt=class{#e;#t="";#o=new Set;get current(){return this.#e}get agent(){return this.#t}with(e){return this.#t===e?this.#e:void 0}start(e,t,s){return this.#e?.end(),(this.#t!==e||!this.#e)&&(this.#t=e,this.#e=new Ke(t,()=>this.#i())),this.#e.start(t,s),this.#e}subscribe(e){return this.#o.add(e),()=>this.#o.delete(e)}#i(){for(let e of this.#o)e()}},_=new vt;addEventListener("pagehide",i=>{i.persisted||_.current?.end()});var xs,ks=i=>{xs=i},oe=()=>xs;var qi="playai",Fi=(i,e)=>e.startsWith("conversation.")&&i.entities[e]?.platform===qi,$s=i=>Object.keys(i.entities).filter(e=>Fi(i,e)),ws=(i,e)=>{let t=i.states[e]?.attributes.friendly_name;return typeof t=="string"?t:e};var k=class{#e;#t;constructor(e){this.#e=e,e.addController(this)}hostConnected(){this.#t=_.subscribe(()=>this.#e.requestUpdate())}hostDisconnected(){this.#t?.()}};var _s={ATTRIBUTE:1,CHILD:2,PROPERTY:3,BOOLEAN_ATTRIBUTE:4,EVENT:5,ELEMENT:6},Ms=i=>(...e)=>({_$litDirective$:i,values:e}),Be=class{constructor(e){}get _$AU(){return this._$AM._$AU}_$AT(e,t,s){this._$Ct=e,this._$AM=t,this._$Ci=s}_$AS(e,t){return this.update(e,t)}update(e,t){return this.render(...t)}};var Ss=Ms(class extends Be{constructor(i){if(super(i),i.type!==_s.ATTRIBUTE||i.name!=="class"||i.strings?.length>2)throw Error("`classMap()` can only be used in the `class` attribute and must be the only part in the attribute.")}render(i){return" "+Object.keys(i).filter(e=>i[e]).join(" ")+" "}update(i,[e]){if(this.st===void 0){this.st=new Set,i.strings!==void 0&&(this.nt=new Set(i.strings.join(" ").split(/\s/).filter(s=>s!=="")));for(let s in e)e[s]&&!this.nt?.has(s)&&this.st.add(s);return this.render(e)}let t=i.element.classList;for(let s of this.st)s in e||(t.remove(s),this.st.delete(s));for(let s in e){let r=!!e[s];r===this.st.has(s)||this.nt?.has(s)||(r?(t.add(s),this.st.add(s)):(t.remove(s),this.st.delete(s)))}return H}});var ji={HassTurnOn:"tool_on",HassTurnOff:"tool_off",HassLightSet:"tool_set",HassSetPosition:"tool_set",HassClimateSetTemperature:"tool_set",HassSetVolume:"tool_set",HassGetState:"tool_get",GetLiveContext:"tool_get",trigger_sentence:"tool_automation"},Es={lock:{HassTurnOn:"tool_lock",HassTurnOff:"tool_unlock"},cover:{HassTurnOn:"tool_open",HassTurnOff:"tool_close"}},As=(i,e,t)=>{let s=i.split("__").at(-1)??i,r=t!==null&&Object.hasOwn(Es,t)&&Es[t],o={...ji,...r},n=Object.hasOwn(o,s)?o[s]:void 0;if(n)return e(n);let c=s.replace(/^Hass/,"").replace(/([a-z])([A-Z])/g,"$1 $2").replaceAll("_"," ");return c.charAt(0).toUpperCase()+c.slice(1).toLowerCase()},Gi=i=>{for(let e of["name","area","floor","item","domain"]){let t=i[e],s=Array.isArray(t)?t.join(", "):t;if(typeof s=="string"&&s)return s}return""},Ts=(i,e=[])=>{let t=Gi(i),s=r=>r.toLowerCase()!==t.toLowerCase();return[t,...e.filter(s)].filter(Boolean)};var v=i=>e=>{customElements.get(i)||customElements.define(i,e)};var Vi={microphone:S`<rect x="9" y="3" width="6" height="11" rx="3"/><path d="M5 11a7 7 0 0 0 14 0M12 18v3"/>`,muted:S`<path d="M9 9v2a3 3 0 0 0 5 2.2M15 10V6a3 3 0 0 0-5.8-1M5 11a7 7 0 0 0 11 5.7M19 11a7 7 0 0 1-.6 2.8M12 18v3M4 3l16 17"/>`,end:S`<path d="M3 14c5-5 13-5 18 0l-2 3-4-1.5v-2.5c-2-.6-4-.6-6 0v2.5L5 17z"/>`,keyboard:S`<rect x="2.5" y="6" width="19" height="12" rx="2"/><path d="M6 10h.01M10 10h.01M14 10h.01M18 10h.01M8 14h8"/>`,settings:S`<path d="M4 7h9M19 7h1M4 12h2M12 12h8M4 17h9M19 17h1"/><circle cx="16" cy="7" r="2.5"/><circle cx="9" cy="12" r="2.5"/><circle cx="16" cy="17" r="2.5"/>`,expand:S`<path d="M14 4h6v6M20 4l-7 7M10 20H4v-6M4 20l7-7"/>`,close:S`<path d="M6 6l12 12M18 6L6 18"/>`,send:S`<path d="M12 20V4M5 11l7-7 7 7"/>`,down:S`<path d="M12 5v14M5 12l7 7 7-7"/>`,stop:S`<rect x="7" y="7" width="10" height="10" rx="2"/>`,done:S`<path d="M5 12l5 5 9-10"/>`,warning:S`<path d="M12 4l9 16H3zM12 10v4M12 17h.01"/>`},b=i=>d`<svg
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
    ${Vi[i]}
  </svg>`;var x=m`
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
`;var Yi=40,Ji=1.5,R=class extends g{constructor(){super(...arguments);this.sayings=[];this.text=()=>"";this.confirm=()=>{};this.follows=!0;this.top=0;this.scrolled=()=>{let{scrollTop:t,scrollHeight:s,clientHeight:r}=this.list,o=s-t-r;this.follows=o<(t<this.top?Ji:Yi),this.top=t};this.toNewest=()=>{this.follows=!0,this.list.focus()}}render(){let{sayings:t,text:s}=this;return d`
      <div
        class="captions"
        role="log"
        aria-live="off"
        aria-label=${s("captions")}
        tabindex="0"
        @scroll=${this.scrolled}
      >
        ${t.map(r=>this.saying(r))}
      </div>
      ${this.follows?p:d`<button class="icon newest" aria-label=${s("newest")} title=${s("newest")} @click=${this.toNewest}>
              ${b("down")}
            </button>`}
      <div class="hidden" aria-live="polite">${this.lastSentence()}</div>
    `}updated(){let{list:t}=this;!this.follows||t.scrollTop<this.top||(t.scrollTop=t.scrollHeight,this.top=t.scrollTop)}saying(t){switch(t.kind){case"user":return d`<p class=${Ss({user:!0,partial:!t.isFinal})} dir="auto">${t.text}</p>`;case"agent":return this.agentSaying(t);case"tool":return this.tool(t);case"confirm":return this.question(t);case"break":return d`<p class="break">${this.text("again")}</p>`}}agentSaying(t){let s=ft(t).trimStart(),r=fs(t);return!s&&!r?p:d`<p class="agent" dir="auto">${s}${r?d`<s>${r}</s>`:p}</p>`}tool(t){let{status:s,result:r}=t,o=s==="running"?d`<span class="spinner"></span>`:b(s==="done"?"done":"warning");return d`<p class="tool ${s}" title=${r??""}>
      ${o}<span>${this.action(t)}</span>
      <span class="hidden">${this.text(s)}</span>
    </p>`}question(t){let{id:s,allow:r}=t;return r!==void 0?d`<p class="tool ${r?"done":"failed"}">
        ${b(r?"done":"close")}
        <span>${this.action(t)}: ${this.text(r?"allowed":"denied")}</span>
      </p>`:d`<div class="ask" role="alertdialog" aria-label=${this.text("ask")}>
      <p>${this.text("ask")} <b>${this.action(t)}</b></p>
      <p class="hint">${this.text("ask_hint")}</p>
      <div class="choices">
        <button class="text main" @click=${()=>this.confirm(s,!0)}>${this.text("allow")}</button>
        <button class="text" @click=${()=>this.confirm(s,!1)}>${this.text("deny")}</button>
      </div>
    </div>`}action(t){let s=As(t.name,this.text,t.domain),r=t.kind==="confirm"?t.risks:[];return[s,...Ts(t.arguments,r)].join(" · ")}lastSentence(){let t=this.sayings.findLast(s=>s.kind==="user"&&s.isFinal||s.kind==="agent"&&s.totalMs!==void 0);return t?.kind==="user"?`${this.text("you")}: ${t.text}`:t?.kind==="agent"?t.parts.map(({text:s})=>s).join(""):""}};R.styles=[x,m`
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
      }
      .break,
      .hint {
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
        padding: 8px;
        border-radius: 14px;
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
    `],a([h({attribute:!1})],R.prototype,"sayings",2),a([h({attribute:!1})],R.prototype,"text",2),a([h({attribute:!1})],R.prototype,"confirm",2),a([M(".captions")],R.prototype,"list",2),a([w()],R.prototype,"follows",2),R=a([v("playai-captions")],R);var N=class extends g{constructor(){super(...arguments);this.text=()=>"";this.draft={text:""};this.changed=()=>{this.draft.text=this.box.value};this.typed=t=>{t.key==="Enter"&&!t.shiftKey&&!t.isComposing&&this.send(t),t.key!=="Escape"&&t.stopPropagation()};this.send=t=>{t.preventDefault();let s=this.box.value.trim();!s||this.call?.phase==="reconnecting"||(this.call?.say(s),this.box.value=this.draft.text="")}}focus(){this.updateComplete.then(()=>this.box.focus())}render(){let{text:t}=this;return d`<form @submit=${this.send}>
      <textarea
        rows="1"
        maxlength="4000"
        aria-label=${t("message")}
        placeholder=${t("message")}
        @input=${this.changed}
        @keydown=${this.typed}
      ></textarea>
      <button class="icon main" aria-label=${t("send")} title=${t("send")}>${b("send")}</button>
    </form>`}updated(t){t.has("draft")&&(this.box.value=this.draft.text)}};N.styles=[x,m`
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
    `],a([h({attribute:!1})],N.prototype,"call",2),a([h({attribute:!1})],N.prototype,"text",2),a([h({attribute:!1})],N.prototype,"draft",2),a([M("textarea")],N.prototype,"box",2),N=a([v("playai-composer")],N);var Ps=m`
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
  .dot.ready {
    background: none;
    border: 2px solid #d50000;
    box-sizing: border-box;
  }
  /* The settings cover the talk, but neither the notice nor the controls. */
  .body {
    display: flex;
    flex-direction: column;
    flex: 1 1 0;
    min-block-size: 0;
    position: relative;
  }
  .talk {
    display: contents;
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
  .notice:last-child {
    margin-block-end: 16px;
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
    inset: 0;
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
`;var Rs={invalid_key:"error_key",key_not_allowed:"error_key",unknown_agent:"error_not_found",too_many_connections:"error_busy",cannot_connect:"error_agent_away",connection_lost:"error_agent_away",not_this_server:"error_agent_away",not_encrypted:"error_agent_away",tls:"error_agent_away",agent_hung_up:"ended_agent"},bt=(i,e)=>{let t=Object.hasOwn(Rs,i)?Rs[i]:void 0;if(t)return t;let s=`error_${i}`;return s in e?s:"error_agent_failed"};var Cs=(i,e,t)=>{let s=e.get;return i?.phase==="failed"?Xi(i,e,t):i?.phase==="ended"?i.reason==="bye"?p:d`<div class="notice over" role="status">
      <span>${s(`ended_${i.reason}`)}</span>
    </div>`:i?.isSoundBlocked?d`<div class="notice" role="alert">
      <button class="text main" @click=${()=>i.unblock()}>${s("hear")}</button>
    </div>`:i?.notice?d`<div class="notice" role="alert">
    <span>${s(bt(i.notice,e.all)).replace("{name}",i.noticeName||s("microphone"))}</span>
    <button class="icon" aria-label=${s("dismiss")} @click=${()=>i.dismissNotice()}>${b("close")}</button>
  </div>`:p},Xi=({reason:i},e,{typing:t,start:s})=>{let r=e.get,o=i==="old_page"?d`<button class="text main" @click=${()=>location.reload()}>${r("reload")}</button>`:d`<button class="text" @click=${()=>s(!0)}>${r("retry")}</button>`,n=d`<button class="text" @click=${()=>s(!1)}>${r("type_instead")}</button>`;return d`<div class="notice error" role="alert">
    <span>${r(bt(i,e.all))}</span>
    ${o} ${Re.includes(i)&&t?n:p}
  </div>`};var We=new Set,xt=new Set,Os=new IntersectionObserver(i=>{for(let{target:e,isIntersecting:t}of i)t?We.add(e):We.delete(e);for(let e of xt)e()}),Ls=i=>Os.observe(i),Hs=i=>{Os.unobserve(i),We.delete(i);for(let e of xt)e()},Ns=i=>[...We].some(({target:e})=>e.agent===i),Ds=i=>{xt.add(i)};var qe=async i=>{try{return await navigator.clipboard.writeText(i),!0}catch{return Zi(i)}},Zi=i=>{let e=document.querySelector("playai-dialog")?.shadowRoot?.querySelector("dialog"),t=Object.assign(document.createElement("textarea"),{value:i});t.style.position="fixed",t.style.opacity="0",(e??document.body).append(t),t.select();let s=document.execCommand("copy");return t.remove(),s};var Fe=m`
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
`;var Is="playai-talk",Us={microphone:"",microphoneName:"",speaker:"",speakerName:"",volume:1},D=()=>{try{let i=JSON.parse(localStorage.getItem(Is)??"{}"),e={...Us,...i};return{microphone:String(e.microphone),microphoneName:String(e.microphoneName),speaker:String(e.speaker),speakerName:String(e.speakerName),volume:Math.min(1,Math.max(0,Number(e.volume)))||0}}catch{return Us}},ye=i=>{try{localStorage.setItem(Is,JSON.stringify({...D(),...i}))}catch{}};var Qi=new Set(["","default","communications"]),zs=i=>{let{value:e,selectedOptions:t}=i.target;return[e,e&&(t[0]?.text??"")]},U=class extends g{constructor(){super();this.text=()=>"";this.devices=[];this.inUse="";this.frame=0;this.list=async()=>{this.devices=await navigator.mediaDevices?.enumerateDevices()??[]};this.showLevel=()=>{!this.meter||!this.call||(this.meter.value=this.call.levels.user,this.frame=requestAnimationFrame(this.showLevel))};this.chooseMicrophone=t=>{let[s,r]=zs(t);ye({microphone:s,microphoneName:r}),this.call?.isLive&&this.call.useMicrophone(s)};this.chooseSpeaker=t=>{let[s,r]=zs(t);ye({speaker:s,speakerName:r}),this.call?.isLive&&this.call.useSpeaker(s)};new k(this)}connectedCallback(){super.connectedCallback(),navigator.mediaDevices?.addEventListener("devicechange",this.list),this.list()}disconnectedCallback(){super.disconnectedCallback(),navigator.mediaDevices?.removeEventListener("devicechange",this.list),cancelAnimationFrame(this.frame)}render(){let{call:t,text:s}=this,r=D(),o=t?.isMicrophoneOn;return d`
      <label>
        ${s("microphone")}
        ${this.select("audioinput",r.microphone,r.microphoneName,this.chooseMicrophone)}
      </label>
      ${o?d`<div class="name">
              ${t.microphoneName}
              <meter aria-label=${s("level")} min="0" max="1"></meter>
            </div>`:p}
      ${Pe()?d`<label>
              ${s("speaker")}
              ${this.select("audiooutput",r.speaker,r.speakerName,this.chooseSpeaker)}
            </label>`:p}
    `}updated(t){let s=this.call?.microphoneName??"";s!==this.inUse&&this.list(),this.inUse=s,cancelAnimationFrame(this.frame),this.meter&&(this.frame=requestAnimationFrame(this.showLevel))}select(t,s,r,o){let n=this.devices.filter(u=>u.kind===t&&!Qi.has(u.deviceId)),c=!s||n.some(({deviceId:u})=>u===s),l=n.length?`${r} (${this.text("device_missing")})`:r;return d`<select @change=${o}>
      <option value="" ?selected=${!s}>${this.text("device_default")}</option>
      ${c?p:d`<option value=${s} selected>${l}</option>`}
      ${n.map(({deviceId:u,label:y})=>d`<option value=${u} ?selected=${u===s}>${y||u.slice(0,8)}</option>`)}
    </select>`}};U.styles=[x,Fe,m`
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
    `],a([h({attribute:!1})],U.prototype,"call",2),a([h({attribute:!1})],U.prototype,"text",2),a([w()],U.prototype,"devices",2),a([M("meter")],U.prototype,"meter",2),U=a([v("playai-devices")],U);var Ks=300,er=3400,kt=.25,tr=.05,sr=.5,Bs=i=>{let e=new Int16Array(Math.round(i*24e3)),t=kt+tr,s=er/Ks;for(let r=0;r<e.length;r++){let o=r/24e3%t/kt;if(o>=1)continue;let n=Ks*kt*(s**o-1)/Math.log(s),c=Math.sin(Math.PI*o);e[r]=Math.round(32767*sr*c*Math.sin(2*Math.PI*n))}return e};var Ws=6,ir=-52,rr=-42,Fs=({room:i,raw:e,left:t})=>e<i+Ws?"none":t<Math.max(ir,i+Ws)?"good":t<rr?"fair":"bad",or={from:500,to:1500},nr={from:500,to:2e3},ar={from:3e3,to:5e3},qs=24e3/10,lr=3e4,je=class{#e;#t=new ie({report:({reply:e,ms:t})=>this.#f(e,t),changed:()=>{}});#o;#i;#r=new MessageChannel;#s=0;#n=0;#a=[];#l=0;#p=!1;#c=()=>{};#d=()=>{};constructor(e){this.#e=e;let t={report:s=>this.#g(s),lost:()=>this.#d(new DOMException("","NotFoundError")),systemMuted:()=>{},replaced:()=>{}};this.#o=new Y(t,{cancelsEcho:!1}),this.#i=new Y(t)}async measure(){let{speaker:e,volume:t}=this.#e;try{await this.#u(this.#o);let s=setTimeout(()=>this.#d(new Error("too long")),lr);try{this.#t.volume=t,await this.#t.open(this.#r.port2),e&&await this.#t.useSpeaker(e).catch(()=>{}),this.#l=0;let r=await this.#b(or,()=>this.#l),o=await this.#h(nr);return this.#o.close(),await this.#u(this.#i),{room:r,raw:o,left:await this.#h(ar)}}finally{clearTimeout(s)}}finally{this.close()}}close(){this.#p=!0,this.#d(new Error("closed"));for(let e of[this.#o,this.#i,this.#t])e.close();this.#r.port1.close()}async#u(e){await e.open(new MessageChannel().port1,this.#e.microphone)}async#h(e){return this.#x(e.to),this.#b(e,()=>this.#n)}async#b({from:e,to:t},s){return await this.#y(()=>s()>=e),this.#a=[],await this.#y(()=>s()>=t&&this.#a.length>0),cr(this.#a)}#x(e){let t=++this.#s;this.#n=0;let s=Bs(e/1e3);for(let r=0;r<s.length;r+=qs)this.#v({type:"audio",reply:t,offset:r,samples:s.slice(r,r+qs)});this.#v({type:"end",reply:t,ms:e})}#v(e){this.#r.port1.postMessage(e)}#f(e,t){e===this.#s&&(this.#n=t),this.#c()}#g({level:e,ms:t}){this.#a.push(e),this.#l+=t,this.#c()}async#y(e){await new Promise((t,s)=>{if(this.#p)return s(new Error("closed"));this.#d=s,this.#c=()=>{e()&&t()},this.#c()})}},cr=i=>{let e=i.reduce((t,s)=>t+10**(Ae(s)/10),0);return 10*Math.log10(Math.max(e/i.length,1e-6))};var J=(i,e)=>i===void 0?void 0:`${Math.round(i)} ${e}`,dr={socket:"WebSocket",connection:"Home Assistant"},P=class extends g{constructor(){super();this.text=()=>"";this.isCopied=!1;this.measure=async()=>{this.echo=this.problem=void 0;let t=Te();if(t){this.problem=`error_${t}`;return}this.meter=new je({...D(),mode:"open"});try{this.echo=await this.meter.measure()}catch(s){this.call?.isLive||(this.problem=`error_${se(s)}`)}finally{this.meter=void 0}};this.copy=async()=>{let{call:t,echo:s}=this,r=t&&{phase:t.phase,reason:t.reason,features:t.features,mode:t.mode},o={...t?.figures,...r,echo:s,browser:navigator.userAgent};this.isCopied=await qe(JSON.stringify(o,null,2))};new k(this)}disconnectedCallback(){super.disconnectedCallback(),this.meter?.close()}willUpdate(){this.call?.isLive&&this.meter?.close()}render(){let{call:t,text:s}=this;return d`<details>
      <summary>${s("figures")}</summary>
      <dl>
        ${this.rows().map(([r,o])=>o===void 0?p:d`<dt>${s(r)}</dt><dd>${o}</dd>`)}
      </dl>
      <p role="status">${this.result()}</p>
      ${t?.isLive?p:d`<button class="text" ?disabled=${this.meter!==void 0} @click=${this.measure}>${s("echo_test")}</button>`}
      <button class="text" @click=${this.copy}>${s(this.isCopied?"copied":"copy_figures")}</button>
    </details>`}rows(){let{call:t,echo:s}=this,r=t?.figures;return[["figure_response",J(r?.responseMs,"ms")],["figure_agent",J(r?.agentMs,"ms")],["figure_round_trip",J(r?.roundTripMs,"ms")],["figure_underruns",r&&`${r.underruns}`],["figure_transport",r?.transport&&dr[r.transport]],["figure_resumes",r&&`${r.resumes}`],["figure_echo",J(r?.echoDb,"dB")],["figure_room",J(s?.room,"dB")],["figure_raw",J(s?.raw,"dB")],["figure_left",J(s?.left,"dB")]]}result(){return this.meter?this.text("echo_testing"):this.problem?this.text(this.problem):this.echo?this.text(`echo_${Fs(this.echo)}`):""}};P.styles=[x,m`
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
    `],a([h({attribute:!1})],P.prototype,"call",2),a([h({attribute:!1})],P.prototype,"text",2),a([w()],P.prototype,"echo",2),a([w()],P.prototype,"problem",2),a([w()],P.prototype,"meter",2),a([w()],P.prototype,"isCopied",2),P=a([v("playai-measurements")],P);var pr=["open","hold","toggle"],js=i=>i.target.value,C=class extends g{constructor(){super();this.text=()=>"";this.mode="open";this.agentName="";this.startAgain=()=>{this.call?.isLive?this.call.again():this.call?.forget(),this.last="again"};this.changeVolume=t=>{let s=Number(js(t));ye({volume:s}),this.call&&(this.call.volume=s)};this.changeMode=t=>{let s=js(t);this.dispatchEvent(new CustomEvent("mode-changed",{detail:s}))};this.copyWords=async()=>{let t=gs(this.call.transcript,this.text("you"),this.agentName);await qe(t)&&(this.last="copy")};new k(this)}render(){let{call:t,text:s}=this,r=!!t?.transcript.sayings.length;return d`
      <playai-devices .call=${t} .text=${s}></playai-devices>
      <label>
        ${s("volume")}
        <input type="range" min="0" max="1" step="0.05" .value=${String(D().volume)} @input=${this.changeVolume} />
      </label>
      <label>
        ${s("mode")}
        <select @change=${this.changeMode}>
          ${pr.map(o=>d`<option value=${o} ?selected=${o===this.mode}>${s(`mode_${o}`)}</option>`)}
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
    `}};C.styles=[x,Fe,m`
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
    `],a([h({attribute:!1})],C.prototype,"call",2),a([h({attribute:!1})],C.prototype,"text",2),a([h()],C.prototype,"mode",2),a([h()],C.prototype,"agentName",2),a([w()],C.prototype,"last",2),C=a([v("playai-settings")],C);var $t=(i,e)=>{if(!i||!i.isLive)return"tap_to_talk";let{phase:t}=i;if(t==="listening"||t==="hearing"){if(!i.hasMicrophone)return"status_typing";if(i.isOff)return"status_off";if(i.isMuted)return"status_muted";if(!i.isMicrophoneOn)return"status_no_microphone";if(e!=="open"&&!i.isHeld)return e==="hold"?"hint_hold":"hint_toggle"}return`status_${t}`},Ge=i=>{let e=$t(i,i.mode);return e.startsWith("hint_")?"microphone_ready":e},ve=i=>i?.phase==="speaking"||i?.phase==="thinking",Gs=(i,e)=>{if(i?.isLive)return i.isHeld?e==="hold"?"hint_release":"hint_done":ve(i)&&e==="open"?"hint_interrupt":void 0},Vs=(i,e)=>i?.isLive?e==="open"?"interrupt":e==="hold"?"hint_hold":"hint_toggle":"talk";var Ys=({phase:i,user:e,agent:t,isMuted:s})=>{let r={radius:.62,wobble:0,speed:0,isWaiting:!1};switch(i){case"idle":case"ended":return{...r,color:"user"};case"failed":return{...r,color:"problem"};case"connecting":case"reconnecting":return{...r,color:"idle",isWaiting:!0,speed:1};case"thinking":return{color:"agent",radius:.62,wobble:.05,speed:1.2,isWaiting:!0};case"speaking":{let o=Math.max(t,e);return{color:"agent",radius:.62+.2*o,wobble:.05+.12*o,speed:1+o,isWaiting:!1}}case"listening":case"hearing":{if(s)return{...r,color:"idle"};let o=.62+.2*e,n=.03+.1*e;return{color:"user",radius:o,wobble:n,speed:.5+e,isWaiting:!1}}}};var hr=[{alpha:.22,grow:1.16,pace:.7,waves:3},{alpha:.34,grow:1.07,pace:-.9,waves:4},{alpha:1,grow:1,pace:1,waves:3}],Js=72,ur=.22,mr=1/1e3,I=class extends g{constructor(){super(...arguments);this.phase="idle";this.muted=!1;this.levels={user:0,agent:0};this.frame=0;this.stillness=matchMedia("(prefers-reduced-motion: reduce)");this.sizes=new ResizeObserver(()=>this.draw());this.draw=()=>{cancelAnimationFrame(this.frame),this.frame=0;let t=this.canvas?.getContext("2d");if(!t||!this.isConnected)return;let s=Ys({phase:this.phase,isMuted:this.muted,...this.levels}),r=this.stillness.matches,o=r?{...s,wobble:0}:this.approach(s);this.paint(t,o,r?0:performance.now()*mr),s.speed>0&&!r&&(this.frame=requestAnimationFrame(this.draw))}}connectedCallback(){super.connectedCallback(),this.sizes.observe(this),this.draw()}disconnectedCallback(){super.disconnectedCallback(),this.sizes.disconnect(),cancelAnimationFrame(this.frame),this.frame=0}render(){return d`<canvas></canvas>`}updated(t){this.colors=void 0,this.draw()}approach(t){let s=this.shown??t,r=(o,n)=>o+(n-o)*ur;return this.shown=t.speed===0?t:{...t,radius:r(s.radius,t.radius),wobble:r(s.wobble,t.wobble)},this.shown}paint(t,s,r){let o=devicePixelRatio,n=Math.round(this.clientWidth*o);this.canvas.width!==n&&(this.canvas.width=this.canvas.height=n),t.clearRect(0,0,n,n);let c=n/2;t.fillStyle=t.strokeStyle=this.color(s.color);for(let{alpha:l,grow:u,pace:y,waves:f}of hr){t.globalAlpha=l;let A=Math.min(.98,s.radius*u)*c;t.beginPath();for(let E=0;E<=Js;E++){let O=2*Math.PI*E/Js,ii=Math.sin(f*O+r*y*2.1)+Math.sin((f-1)*O-r*y*1.3),Rt=Math.min(c,A*(1+s.wobble*ii/2));t.lineTo(c+Rt*Math.cos(O),c+Rt*Math.sin(O))}t.fill()}if(t.globalAlpha=1,s.isWaiting){t.lineWidth=3*o,t.lineCap="round",t.beginPath();let l=r*2.5;t.arc(c,c,c*.9,l,l+Math.PI/2),t.stroke()}}color(t){if(!this.colors){let s=getComputedStyle(this),r=o=>s.getPropertyValue(`--orb-${o}`).trim();this.colors={user:r("user"),agent:r("agent"),problem:r("problem"),idle:r("idle")}}return this.colors[t]}};I.styles=m`
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
  `,a([h()],I.prototype,"phase",2),a([h({type:Boolean})],I.prototype,"muted",2),a([h({attribute:!1})],I.prototype,"levels",2),a([M("canvas")],I.prototype,"canvas",2),I=a([v("playai-orb")],I);var z=class extends g{constructor(){super();this.label="";this.mode="open";this.disabled=!1;this.hasPointer=!1;this.tapped=()=>{let{call:t}=this;t?.isLive?this.mode==="open"?t.interrupt():this.mode==="toggle"&&t.hold(!t.isHeld):this.dispatchEvent(new CustomEvent("talk"))};this.pointed=t=>{this.mode!=="hold"||!this.call?.isLive||t.button!==0||(t.currentTarget.setPointerCapture(t.pointerId),this.hasPointer=!0,this.call.hold(!0))};this.pressed=t=>{let s=t.key===" "||t.key==="Enter";this.mode==="hold"&&this.call?.isLive&&s&&!t.repeat&&this.call.hold(!0)};this.released=()=>{this.hasPointer=!1,this.mode==="hold"&&this.call?.hold(!1)};this.left=()=>{this.hasPointer||this.released()};this.pageChanged=()=>{document.visibilityState==="hidden"&&this.released()};new k(this)}connectedCallback(){super.connectedCallback(),document.addEventListener("visibilitychange",this.pageChanged)}disconnectedCallback(){super.disconnectedCallback(),document.removeEventListener("visibilitychange",this.pageChanged),this.call?.hold(!1)}render(){let{call:t,mode:s}=this;return d`<button
      aria-label=${this.label}
      aria-pressed=${s!=="open"&&t?.isLive?t.isHeld:p}
      ?disabled=${this.disabled}
      @click=${this.tapped}
      @pointerdown=${this.pointed}
      @pointerup=${this.released}
      @pointercancel=${this.released}
      @keydown=${this.pressed}
      @keyup=${this.released}
      @blur=${this.left}
      @contextmenu=${r=>r.preventDefault()}
    >
      <playai-orb .phase=${t?.phase??"idle"} .muted=${t?.isMuted??!1} .levels=${t?.levels}></playai-orb>
      <span class="glyph">${this.glyph()}</span>
    </button>`}glyph(){let{call:t}=this;return t?.isLive?t.isMuted?b("muted"):ve(t)?b("stop"):p:b("microphone")}};z.styles=[x,m`
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
    `],a([h({attribute:!1})],z.prototype,"call",2),a([h()],z.prototype,"label",2),a([h()],z.prototype,"mode",2),a([h({type:Boolean})],z.prototype,"disabled",2),z=a([v("playai-talk-button")],z);var Xs=["cs","da","de","en","es","fr","it","nl","pl","pt-BR","pt","sv"],wt=new Map,_t=i=>{let e=i.toLowerCase();return Xs.find(s=>s.toLowerCase()===e)??Xs.find(s=>s===e.split("-")[0])??"en"},Zs=i=>{let e=_t(i),t=wt.get(e);return t||(t=import(new URL(`./language-${e}.js`,import.meta.url).href).then(r=>r.default),wt.set(e,t),t.catch(()=>wt.delete(e))),t};var fr=0,gr=1,yr=2,vr=3,br=4,xr=16,kr=255,Et=class{#e;#t=new Map;#o=new Map;#i=0;#r=0;#s=0;#n=!1;constructor(e){this.#e=e,e.addEventListener("disconnected",()=>this.#u(1006))}open(e,t){let s=this.#r=this.#r%kr+1;return this.#t.set(s,t),this.#o.set(s,e),this.#e.connected?this.#n?this.#l():this.#a():queueMicrotask(()=>this.#h(s,1006)),{send:r=>typeof r=="string"?this.#d(s,gr,new TextEncoder().encode(r)):this.#d(s,yr,r),close:()=>{this.#o.delete(s),this.#t.delete(s)&&this.#d(s,vr)}}}async#a(){this.#n=!0;try{await this.#e.subscribeMessage(e=>this.#p(e),{type:"playai/talk/connect"},{resubscribe:!1})}catch{this.#u(this.#e.connected?Ce:1006)}}#l(){if(this.#i){for(let[e,t]of this.#o)this.#d(e,fr,new TextEncoder().encode(t));this.#o.clear()}}#p(e){if(e.handler)return this.#i=e.handler,this.#s=0,this.#l();++this.#s%xr===0&&this.#c();let t=e.socket??0,s=this.#t.get(t);e.open?s?.opened():e.text!==void 0?s?.received(e.text):e.data!==void 0?s?.received($r(e.data)):e.close!==void 0&&this.#h(t,e.close)}#c(){let e=new Uint8Array(4);new DataView(e.buffer).setUint32(0,this.#s,!0),this.#d(0,br,e)}#d(e,t,s=new Uint8Array(0)){let{socket:r}=this.#e;if(!this.#i||r?.readyState!==WebSocket.OPEN)return 0;let o=new Uint8Array(3+s.length);return o.set([this.#i,e,t]),o.set(s,3),r.send(o),r.bufferedAmount}#u(e){this.#i=0,this.#n=!1;for(let t of[...this.#t.keys()])this.#h(t,e)}#h(e,t){let s=this.#t.get(e);this.#t.delete(e),this.#o.delete(e),s?.closed(t)}},$r=i=>Uint8Array.from(atob(i),e=>e.charCodeAt(0)).buffer,St,Qs,ei=i=>((!St||Qs!==i)&&(St=new Et(i)),Qs=i,St);var wr=new Set(["unauthorized","not_found","not_ready","too_many_talks","unknown_place"]),_r=i=>{let e=i?.code;return typeof e!="string"?"home_away":e==="unknown_command"?"not_ready":wr.has(e)?e:"internal"},At=i=>i.split("-")[0].toLowerCase(),Mr=(i,e)=>e.some(s=>s==="*"||At(s)===At(i))?i:e[0]??i,Sr=async(i,e)=>{let{agents:t}=await i.callWS({type:"playai/talk/agents"}),s=t.find(({entity_id:r})=>r===e);return Mr(i.locale.language,s?.languages??[])},Er=(i,e)=>{try{return new Intl.DisplayNames([_t(e)],{type:"language"}).of(At(i))??i}catch{return i}},ti=async(i,{agent:e,areaId:t})=>{try{let s=i.locale.language,r=await Sr(i,e),{protocol:o,path:n}=await i.callWS({type:"playai/talk/open",agent:e,language:r,...t&&{area_id:t}});return{protocol:o,path:n,base:new URL(i.hassUrl(),location.href).href,relay:ei(i.connection),...r!==s&&{otherLanguage:Er(r,s)}}}catch(s){throw new B(_r(s))}};var Ve=(i,e)=>_.start(i.agent,{areaId:i.areaId,open:()=>{let t=oe();if(!t||!i.agent)throw new B(t?"no_agent":"home_away");return ti(t,i)},settings:{...D(),mode:i.mode}},e);var q=class{constructor(e,t){this.#o="";this.#i={};this.get=e=>this.#i[e]??"";this.#e=e,this.#t=t,e.addController(this)}#e;#t;#o;#i;get all(){return this.#i}hostUpdate(){let e=this.#t();e!==this.#o&&(this.#o=e,Zs(e).then(t=>{this.#i=t,this.#e.requestUpdate()},()=>{this.#o=""}))}};var $=class extends g{constructor(){super();this.target={agent:"",name:"",mode:"open"};this.captions=!0;this.typing=!0;this.preview=!1;this.corner="expand";this.hasSettings=!1;this.isTyping=!1;this.draft={text:""};this.texts=new q(this,()=>oe()?.locale.language??"en");this.pressed=t=>{if(t.key==="Escape"){if(this.hasSettings)this.toggleSettings();else if(ve(this.call))this.call.interrupt();else return;t.preventDefault(),t.stopPropagation()}};this.toggleSettings=async()=>{this.hasSettings=!this.hasSettings,await this.updateComplete,(this.settings??this.settingsButton).focus()};this.toggleTyping=async()=>{this.isTyping=!this.isTyping,await this.updateComplete,this.composer?.focus()};this.modeChanged=({detail:t})=>{this.chosenMode=t,this.call?.isLive&&this.call.setMode(t)};this.turnCorner=()=>{this.dispatchEvent(new CustomEvent(this.corner,{bubbles:!0,composed:!0}))};new k(this)}connectedCallback(){super.connectedCallback(),Ls(this)}disconnectedCallback(){super.disconnectedCallback(),Hs(this)}get call(){return _.with(this.target.agent)}get mode(){let{call:t}=this;return t?.isLive?t.mode:this.chosenMode??this.target.mode}render(){let{call:t,mode:s}=this,r=this.texts.get,o=t?.transcript.sayings??[],n=this.captions?o:o.filter(ht),c=n.length>0,l=Gs(t,s);return d`
      <section class=${c?"talks":""} style="display:contents" @keydown=${this.pressed}>
        ${this.header()}
        <div class="body">
          <div class="talk" ?inert=${this.hasSettings}>
            <div class="stage">
              <playai-talk-button
                .call=${t}
                .mode=${s}
                .label=${r(Vs(t,s))}
                .disabled=${this.preview}
                @talk=${()=>this.start(!0)}
              ></playai-talk-button>
              <div class="words">
                <p class="status">${r($t(t,s))}</p>
                <p class="hint">${l?r(l):p}</p>
              </div>
            </div>
            ${c?d`<playai-captions
                    .sayings=${n}
                    .text=${r}
                    .confirm=${(u,y)=>t?.confirm(u,y)}
                  ></playai-captions>`:p}
          </div>
          ${this.hasSettings?d`<playai-settings
                  role="group"
                  tabindex="-1"
                  aria-label=${r("settings")}
                  .call=${t}
                  .text=${r}
                  .mode=${s}
                  .agentName=${this.target.name}
                  @mode-changed=${this.modeChanged}
                ></playai-settings>`:p}
        </div>
        ${Cs(t,this.texts,{typing:this.typing,start:u=>this.start(u)})}
        ${t?.isLive&&this.isTyping?d`<playai-composer .call=${t} .text=${r} .draft=${this.draft}></playai-composer>`:p}
        ${this.controls()}
      </section>
    `}willUpdate(t){t.has("target")&&t.get("target")?.agent!==this.target.agent&&(this.chosenMode=void 0,this.draft={text:""})}header(){let{call:t,corner:s,hasSettings:r}=this,o=this.texts.get(t?.isHeard?"microphone_open":"microphone_ready"),n=this.texts.get(r?"close_settings":"settings");return d`<header>
      <h2>${this.target.name||this.call?.agent}</h2>
      ${t?.isMicrophoneOn&&!t.isMuted?d`<span
              class="dot ${t.isHeard?"":"ready"}"
              role="img"
              aria-label=${o}
              title=${o}
            ></span>`:p}
      <button class="icon settings" aria-label=${n} title=${n} @click=${this.toggleSettings}>
        ${b(r?"close":"settings")}
      </button>
      ${s?this.iconButton(s,b(s),this.turnCorner):p}
    </header>`}controls(){let{call:t}=this;if(!t?.isLive)return p;let{isMuted:s}=t;return d`<div class="controls">
      ${t.hasMicrophone?this.iconButton(s?"unmute":"mute",b(s?"muted":"microphone"),()=>t.toggleMute(),s?"on":""):p}
      ${this.typing&&t.features.includes("text")?d`<button
              class="icon"
              aria-label=${this.texts.get("keyboard")}
              title=${this.texts.get("keyboard")}
              aria-pressed=${this.isTyping}
              @click=${this.toggleTyping}
            >
              ${b("keyboard")}
            </button>`:p}
      ${this.iconButton("end",b("end"),()=>t.end(),"danger")}
    </div>`}iconButton(t,s,r,o=""){let n=this.texts.get(t);return d`<button class="icon ${o}" aria-label=${n} title=${n} @click=${r}>
      ${s}
    </button>`}start(t){this.isTyping=!t,Ve({...this.target,mode:this.mode},{microphone:t})}};$.styles=[x,Ps],a([h({attribute:!1})],$.prototype,"target",2),a([h({type:Boolean})],$.prototype,"captions",2),a([h({type:Boolean})],$.prototype,"typing",2),a([h({type:Boolean})],$.prototype,"preview",2),a([h()],$.prototype,"corner",2),a([w()],$.prototype,"chosenMode",2),a([w()],$.prototype,"hasSettings",2),a([w()],$.prototype,"isTyping",2),a([M("playai-composer")],$.prototype,"composer",2),a([M("playai-settings")],$.prototype,"settings",2),a([M(".settings")],$.prototype,"settingsButton",2),$=a([v("playai-conversation")],$);var Tt="playai-dialog",be,X=class extends g{constructor(){super(...arguments);this.target={agent:"",name:"",mode:"open"};Ht(this,be,!1);this.close=()=>this.dialog.close();this.pressed=t=>{Nt(this,be,t.target===this.dialog)};this.clicked=t=>{t.target===this.dialog&&Lt(this,be)&&this.close()}}render(){return d`<dialog
      aria-label=${this.target.name}
      @close=${this.remove}
      @pointerdown=${this.pressed}
      @click=${this.clicked}
    >
      <playai-conversation .target=${this.target} corner="close" @close=${this.close}></playai-conversation>
    </dialog>`}connectedCallback(){super.connectedCallback(),addEventListener("location-changed",this.close),addEventListener("popstate",this.close)}disconnectedCallback(){super.disconnectedCallback(),removeEventListener("location-changed",this.close),removeEventListener("popstate",this.close)}firstUpdated(){this.dialog.showModal()}};be=new WeakMap,X.styles=m`
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
  `,a([h({attribute:!1})],X.prototype,"target",2),a([M("dialog")],X.prototype,"dialog",2),X=a([v(Tt)],X);var xe=i=>{if(document.querySelector(Tt))return;let{dir:e}=document;document.body.append(Object.assign(document.createElement(Tt),{target:i,dir:e}))};var Pt="playai-pill",ke=class extends g{constructor(){super();this.texts=new q(this,()=>oe()?.locale.language??"en");this.open=()=>{let t=_.current,{agent:s,areaId:r,mode:o}=t;xe({agent:_.agent,name:s,areaId:r,mode:o})};new k(this),Ds(()=>this.requestUpdate())}render(){let t=_.current;if(!t?.isLive||Ns(_.agent))return p;let s=this.texts.get,r=s(t.isMuted?"unmute":"mute"),o=t.isMicrophoneOn&&!t.isMuted,n=t.isHeard?"":o?"ready":"off";return d`<div role="region" dir=${document.dir} aria-label=${t.agent}>
      <button class="open" @click=${this.open}>
        <span class="dot ${n}"></span>
        <span>${t.agent} · ${s(Ge(t))}</span>
      </button>
      ${t.hasMicrophone?d`<button class="icon ${t.isMuted?"on":""}" aria-label=${r} @click=${()=>t.toggleMute()}>
              ${b(t.isMuted?"muted":"microphone")}
            </button>`:p}
      <button class="icon danger" aria-label=${s("end")} @click=${()=>t.end()}>${b("end")}</button>
    </div>`}};ke.styles=[x,m`
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
      .dot.ready {
        background: none;
        border: 2px solid #ff5252;
        box-sizing: border-box;
      }
      .dot.off {
        background: #90a4ae;
      }
      .open span:last-child {
        overflow: hidden;
        text-overflow: ellipsis;
        white-space: nowrap;
      }
    `],ke=a([v(Pt)],ke);var si=()=>{document.querySelector(Pt)||document.body.append(document.createElement(Pt))};var Q=class extends g{constructor(){super(...arguments);this.config={}}connectedCallback(){super.connectedCallback(),si()}willUpdate(){this.hass&&ks(this.hass)}get target(){let{agent:t,name:s,area_id:r,mode:o="open"}=this.config,n=t??(this.hass&&$s(this.hass)[0])??"",c=s||(this.hass&&n?ws(this.hass,n):""),l={agent:n,name:c,areaId:r,mode:o};return JSON.stringify(l)!==JSON.stringify(this.shown)&&(this.shown=l),this.shown}};a([h({attribute:!1})],Q.prototype,"hass",2),a([h({attribute:!1})],Q.prototype,"config",2);var Z=class extends Q{constructor(){super(...arguments);this.preview=!1}render(){let{show_captions:t=!0,show_text:s=!0}=this.config;return d`<div class="card">
      <playai-conversation
        .target=${this.target}
        .captions=${t}
        .typing=${s}
        .preview=${this.preview}
        @expand=${()=>xe(this.target)}
      ></playai-conversation>
    </div>`}};Z.styles=m`
    :host {
      display: block;
      block-size: 100%;
    }
    .card {
      box-sizing: border-box;
      block-size: 100%;
      min-block-size: 440px;
      display: flex;
      overflow: hidden;
      background: var(--ha-card-background, var(--card-background-color, #fff));
      border: var(--ha-card-border-width, 1px) solid var(--ha-card-border-color, var(--divider-color, #e0e0e0));
      border-radius: var(--ha-card-border-radius, 12px);
      box-shadow: var(--ha-card-box-shadow, none);
      backdrop-filter: var(--ha-card-backdrop-filter, none);
    }
    :host([preview]) .card {
      min-block-size: 320px;
    }
    :host([layout="grid"]) .card {
      min-block-size: 0;
    }
    playai-conversation {
      flex: 1;
      block-size: auto;
    }
  `,a([h({type:Boolean,reflect:!0})],Z.prototype,"preview",2),a([h({reflect:!0})],Z.prototype,"layout",2),Z=a([v("playai-card-view")],Z);var ne=class extends Q{constructor(){super(...arguments);this.narrow=!1}render(){return d`<div class="page ${this.narrow?"narrow":""}">
      ${this.narrow?d`<ha-menu-button .hass=${this.hass} .narrow=${!0}></ha-menu-button>`:p}
      <playai-conversation .target=${this.target} corner=""></playai-conversation>
    </div>`}};ne.styles=m`
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
  `,a([h({type:Boolean})],ne.prototype,"narrow",2),ne=a([v("playai-panel-view")],ne);var Ye=class extends Q{constructor(){super();this.texts=new q(this,()=>this.hass?.locale.language??"en");this.talk=()=>{let{target:t}=this;_.with(t.agent)?.isLive||Ve(t),xe(t)};new k(this)}get label(){let t=_.with(this.target.agent);return t?.isLive?this.texts.get(Ge(t)):this.texts.get("talk")}},$e=class extends Ye{render(){return d`<button @click=${this.talk}>
      ${b("microphone")}<span>${this.config.name||this.label}</span>
    </button>`}};$e.styles=[x,m`
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
    `],$e=a([v("playai-badge-view")],$e);var ae=class extends Ye{constructor(){super(...arguments);this.agent=""}willUpdate(){super.willUpdate(),this.config={...this.config,agent:this.agent}}render(){return d`<button @click=${this.talk}>${b("microphone")}<span>${this.label}</span></button>`}};ae.styles=[x,m`
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
    `],a([h()],ae.prototype,"agent",2),ae=a([v("playai-feature-view")],ae);
