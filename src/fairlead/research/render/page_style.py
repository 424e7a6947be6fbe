"""The style and the script of a report page, inlined so that the page needs no other file."""

STYLE = """
:root{--bg:#0a0b0d;--panel:#0f1114;--line:#20242a;--text:#d9dde3;--dim:#8b929c;--faint:#5a616b;
--accent:#5aa7ff;--up:#3fb68b;--down:#e8605a;--up-rgb:63,182,139;--down-rgb:232,96,90;
--candle:#7b838e}
@media (prefers-color-scheme:light){:root{--bg:#fff;--panel:#fafbfc;--line:#e2e5e9;--text:#15181c;
--dim:#5d6570;--faint:#98a0aa;--accent:#0a5fc2;--up:#0b7a52;--down:#c5322b;--up-rgb:11,122,82;
--down-rgb:197,50,43;--candle:#8a929c}}
*{box-sizing:border-box}
html{color-scheme:dark light;-webkit-text-size-adjust:100%}
body{margin:0;background:var(--bg);color:var(--text);font:13px/1.45 Inter,system-ui,-apple-system,
"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;font-variant-numeric:tabular-nums}
main{max-width:1168px;margin:0 auto;padding:20px 24px 48px}
header{display:flex;flex-wrap:wrap;gap:4px 24px;align-items:baseline;
border-bottom:1px solid var(--line);padding-bottom:12px}
h1{font-size:20px;line-height:1.25;font-weight:600;margin:0;letter-spacing:-.01em;
overflow-wrap:anywhere}
header p{margin:0;color:var(--dim)}
header .mark{margin-left:auto;color:var(--faint);letter-spacing:.08em;font-size:11px;
text-transform:uppercase}
h2{font-size:11px;font-weight:600;letter-spacing:.07em;text-transform:uppercase;color:var(--dim);
margin:0 0 8px}
section{margin-top:24px}
.up{color:var(--up)}.down{color:var(--down)}.dim{color:var(--dim)}
.parameters{display:flex;flex-wrap:wrap;gap:4px 18px;margin:10px 0 0;padding:0;list-style:none;
color:var(--dim)}
.parameters b{color:var(--text);font-weight:500}
.tiles{display:grid;grid-template-columns:repeat(6,1fr);border:1px solid var(--line);
border-width:1px 0 0 1px;margin-top:16px}
.tiles div{border:1px solid var(--line);border-width:0 1px 1px 0;padding:10px 12px;min-width:0}
.tiles dt,.tiles dd{margin:0}.tiles dt{color:var(--dim);font-size:11px}
.tiles dd{font-size:18px;line-height:1.35;font-weight:500;white-space:nowrap}
.tiles dd small{display:block;font-size:11px;color:var(--dim);font-weight:400}
.legend{display:flex;flex-wrap:wrap;gap:2px 16px;color:var(--dim);font-size:11px;margin:0 0 4px}
.legend h2{margin:0 auto 0 0}
.legend i{display:inline-block;width:14px;height:0;border-top:2px solid var(--accent);
vertical-align:middle;margin-right:5px}
.legend i.h{border-top:1px dashed var(--dim)}
.legend output{color:var(--text);min-width:1px}
svg{display:block;width:100%;height:auto;overflow:visible}
svg text{fill:var(--dim);font-size:11px;font-variant-numeric:tabular-nums}
svg path{fill:none;stroke-width:1}
.grid{stroke:var(--line)}.wick{stroke:var(--candle)}
svg .hollow{fill:var(--bg);stroke:var(--candle)}svg .filled{fill:var(--candle);stroke:var(--candle)}
svg .line{stroke:var(--accent);stroke-width:1.5;stroke-linejoin:round}
svg .hold{stroke:var(--dim);stroke-dasharray:3 3}
svg .fall{fill:rgba(var(--down-rgb),.18);stroke:var(--down)}
svg .trip{stroke:var(--accent);stroke-dasharray:2 2}svg .entry{fill:var(--accent)}
svg .gain{stroke:var(--up);stroke-width:1.6}
svg .loss{stroke:var(--down);stroke-width:1.6}.cross{stroke:var(--faint)}
svg .bar-up{fill:var(--up)}svg .bar-down{fill:var(--down)}
.narrow{display:none}
.columns{display:grid;grid-template-columns:1fr 1fr;gap:0 40px}
.scroll{overflow-x:auto}
table{border-collapse:collapse;width:100%}
th,td{padding:5px 8px;text-align:right;border-bottom:1px solid var(--line);font-weight:400;
white-space:nowrap}
th:first-child,td:first-child{text-align:left;padding-left:0}
thead th{color:var(--dim);font-size:11px;background:var(--bg)}
.facts td{white-space:normal;text-align:right;overflow-wrap:anywhere}
.facts th{color:var(--dim);text-align:left;padding-left:0;vertical-align:top}
.facts td{padding-left:16px}
.heat td,.heat th{text-align:center;padding:5px 4px;border:1px solid var(--bg)}
.heat th:first-child{text-align:left}.heat td:last-child{font-weight:600}
HEAT
.trades{max-height:520px;overflow:auto;border-bottom:1px solid var(--line)}
.trades thead th{position:sticky;top:0;box-shadow:inset 0 -1px var(--line)}
.trades button{all:unset;cursor:pointer}
.trades button:focus-visible{outline:1px solid var(--accent)}
.notes{margin:0;padding-left:16px;color:var(--dim)}.notes li{margin:3px 0}
footer{margin-top:32px;border-top:1px solid var(--line);padding-top:10px;color:var(--faint);
font-size:11px}
@media screen and (max-width:760px){.histogram text{font-size:17px}
main{padding:14px 16px 32px}.tiles{grid-template-columns:1fr 1fr}
.columns{grid-template-columns:minmax(0,1fr);gap:24px}.wide{display:none}.narrow{display:block}
header .mark{margin-left:0}
.tiles dd{font-size:16px}}
@media print{:root{--bg:#fff;--panel:#fff;--line:#d5d9de;--text:#000;--dim:#4a5058;--faint:#7a818a;
--accent:#0a5fc2;--up:#0b7a52;--down:#c5322b;--up-rgb:11,122,82;--down-rgb:197,50,43;
--candle:#6d747d}
@page{size:A4;margin:14mm}main{max-width:none;padding:0}body{font-size:10px}
svg text{font-size:15px}section,.tiles{break-inside:avoid}.whole{break-inside:auto}
.trades{max-height:none;overflow:visible}
.trades tbody tr:nth-child(n+201){display:none}*{print-color-adjust:exact}}
"""

HEAT_STEPS = 8
HEAT = "".join(
    f".{name}{step}{{background:rgba(var(--{sign}-rgb),{step * 0.085:.3f})}}"
    for name, sign in (("g", "up"), ("r", "down"))
    for step in range(1, HEAT_STEPS + 1)
)

SCRIPT = """
(function(){
var d=JSON.parse(document.getElementById('curve').textContent),n=d.i.length;
var out=document.querySelector('output'),
 charts=[].slice.call(document.querySelectorAll(
 '[data-chart]:not([data-chart=close-up])'));
function show(share){
 var at=share*d.n,lo=0,hi=n-1;
 while(lo<hi){var m=(lo+hi)>>1;if(d.i[m]<at-0.5)lo=m+1;else hi=m;}
 out.textContent=d.t[lo]+'   close '+d.c[lo]+'   equity '+d.e[lo]+'   drawdown '+d.d[lo];
 charts.forEach(function(s){var p=+s.dataset.plot,b=s.viewBox.baseVal,
  x=((d.i[lo]+0.5)/d.n*p).toFixed(1);
  s.querySelector('.cross').setAttribute('d','M'+x+' 8V'+(b.height-20));});}
function hide(){out.textContent='';charts.forEach(function(s){
 s.querySelector('.cross').setAttribute('d','');});}
charts.forEach(function(s){
 s.addEventListener('pointermove',function(e){var r=s.getBoundingClientRect(),
  x=(e.clientX-r.left)/r.width*s.viewBox.baseVal.width/+s.dataset.plot;
  if(x>=0&&x<=1)show(x);else hide();});
 s.addEventListener('pointerleave',hide);});
var body=document.querySelector('.trades tbody');
if(body)[].forEach.call(document.querySelectorAll('.trades th button'),function(b,k){
 var down=false;b.addEventListener('click',function(){
  var rows=[].slice.call(body.rows);down=!down;
  rows.sort(function(x,y){var p=x.cells[k],q=y.cells[k],
   u=p.dataset.v,v=q.dataset.v,c=u===undefined?p.textContent.localeCompare(q.textContent):u-v;
   return down?-c:c;});
  rows.forEach(function(r){body.appendChild(r);});});});
})();
"""

FULL_STYLE = STYLE.replace("HEAT\n", HEAT + "\n")
