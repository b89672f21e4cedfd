/**
 * Light and dark, from 320 px up, and on paper. Every text has a contrast of 4.5 to 1 or more against what is behind
 * it and every line of a chart 3 to 1, in both; test/cli/stress-html.test.ts reckons that.
 */
const light = `--page:#f4f5f7;--card:#ffffff;--ink:#161a22;--muted:#566073;--line:#dde1e8;--link:#1d57c0;
--good:#0c6b41;--good-back:#e3f4ea;--warn:#7a4d00;--warn-back:#fdf0d0;--bad:#b01f1c;--bad-back:#fce8e7;
--claimed:#12834f;--sold_out:#7686a0;--already_claimed:#2a6ad1;--busy:#b56d00;--released:#0b8494;--told:#7d4fc9;
--abandoned:#ad3582;--error:#cf2a22;--all:#161a22;
--s1:#2a6ad1;--s2:#c2570c;--s3:#0b8494;--s4:#ad3582;--s5:#7d4fc9;--s6:#6b7789;`

const dark = `--page:#0d1015;--card:#161a21;--ink:#e7eaf0;--muted:#9ba6b8;--line:#2b323d;--link:#84b0ff;
--good:#55d39a;--good-back:#11291f;--warn:#f2c05a;--warn-back:#2c2413;--bad:#ff8d86;--bad-back:#341a1b;
--claimed:#35b57c;--sold_out:#7b8aa3;--already_claimed:#5b98f5;--busy:#e0a23a;--released:#2fb3c4;--told:#a884ee;
--abandoned:#e472b8;--error:#f2665d;--all:#e7eaf0;
--s1:#5b98f5;--s2:#f08c4a;--s3:#2fb3c4;--s4:#e472b8;--s5:#a884ee;--s6:#8d99ab;`

export const palettes = { light, dark }

const colourNames = [...light.matchAll(/--([\w]+):/g)].map(([, name = '']) => name)

const swatches = colourNames.map((name) => `.c-${name}{--own:var(--${name})}`).join('')

export const pageStyle = `:root{${light}color-scheme:light dark}
@media screen and (prefers-color-scheme:dark){:root:not(.printing){${dark}}}
:root.printing{color-scheme:light}
.printing main{width:680px;padding:0}.printing .charts{grid-template-columns:minmax(0,1fr)}
${swatches}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%;scroll-padding-top:12px}
body{margin:0;background:var(--page);color:var(--ink);font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;overflow-wrap:anywhere}
main{max-width:1160px;margin:0 auto;padding:24px 20px 48px}
noscript p{max-width:1120px;margin:0 auto 24px;padding:0 20px}
h1,h2,h3,h4,p,ul,dl,figure,pre{margin:0}
h1{font-size:26px;line-height:1.25;letter-spacing:-.01em;text-wrap:balance}
h2{font-size:19px;line-height:1.3;margin-bottom:8px}
h3{font-size:16.5px}h3,h4,figure h3{line-height:1.4;margin-bottom:2px}h4,figure h3,.bar-charts h3{font-size:15px}
h2 small{display:block;font-size:14px;font-weight:400;color:var(--muted)}
a{color:var(--link)}
code,pre{font:13px/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace}
.isolate{unicode-bidi:isolate}
.muted,figcaption p{color:var(--muted);font-size:13px}
.brand{color:var(--muted);font-size:13px;font-weight:600;letter-spacing:.02em}
header{margin-bottom:18px}
section{margin-top:28px}
section.card,figure,.tiles>div,.scroll,.origin>dl{background:var(--card);border:1px solid var(--line);border-radius:8px}
section.card{padding:16px 18px}
section.card .scroll,section.card figure{border:0;padding:0;border-radius:0}section.card figure{margin-top:18px}
.good{color:var(--good)}.bad{color:var(--bad)}
.verdict{display:flex;gap:14px;align-items:center;padding:16px 18px;border-radius:8px;border:1px solid;font-size:18px;line-height:1.35}
.verdict .sign{font-size:26px;line-height:1}
.verdict strong{margin-right:6px;letter-spacing:.02em}
.verdict p span{color:var(--ink)}
.verdict.good{background:var(--good-back)}
.verdict.warn{background:var(--warn-back);color:var(--warn)}
.verdict.bad{background:var(--bad-back)}
.notice{display:flex;gap:10px;margin-top:10px;padding:10px 14px;border-radius:8px;background:var(--warn-back);border:1px solid var(--warn)}
.notice>:first-child{color:var(--warn)}
.findings{display:flex;flex-wrap:wrap;gap:14px;margin-top:14px}
.findings>section{margin:0;flex:1 1 300px}
.findings>section:first-child{flex:2 1 600px}
.proof{list-style:none;padding:0;margin-top:8px;display:grid;gap:6px}
.proof li{display:grid;grid-template-columns:70px 164px 1fr;gap:0 10px;align-items:baseline;font-size:14px}
.findings>section+section .proof li{grid-template-columns:76px 1fr}
.findings>section+section .proof li>:last-child{grid-column:2}
.mark{font-weight:600;white-space:nowrap;font-size:13px}
.tiles{display:grid;grid-template-columns:repeat(6,1fr);gap:12px;margin-top:14px}
.tiles>div{padding:12px 14px}
.tiles dt{color:var(--muted);font-size:13px}
.tiles dd{margin:0;display:flex;flex-direction:column}
.tiles strong{font-size:22px;line-height:1.25;font-variant-numeric:tabular-nums;overflow-wrap:normal;white-space:nowrap}
.tiles dd span{color:var(--muted);font-size:12.5px;line-height:1.35}
.notes{margin-top:10px;padding-left:20px;color:var(--muted);font-size:13px}
.charts{display:grid;grid-template-columns:repeat(2,minmax(0,1fr));gap:14px;margin-top:8px}
.charts>figure:first-child:nth-last-child(odd){grid-column:1/-1}
figure{padding:14px 16px 10px;min-width:0}
figcaption{margin-bottom:6px}
.plot{min-width:0;width:100%}
.plot:empty{display:none}
.live .plot:empty{display:block;min-height:1px}
.plot+.plot{margin-top:2px}
.uplot{width:100%;font:inherit;display:flex;flex-direction:column}
.u-legend{order:-1;margin:0;text-align:left;font-size:12.5px;color:var(--muted);font-variant-numeric:tabular-nums}
.u-legend th{font-weight:500;color:var(--ink);pointer-events:none}
.u-legend tbody{display:flex;flex-wrap:wrap;min-height:21px}
.u-inline tr{margin-right:12px}
.u-series>*{padding:1px 0}
.u-inline.u-live th::after{content:""}
.u-legend .u-value:not(:empty){padding-left:5px}
.u-legend .u-series:first-child{order:9}
.u-legend .u-series:has(.u-value:empty):first-child{visibility:hidden}
.u-legend .u-marker{width:10px;height:10px;border-radius:2px;margin-right:5px}
.u-cursor-x{border-color:var(--muted)!important}
.scroll{overflow-x:auto;margin-top:14px}
.scroll:focus-visible,pre:focus-visible,a:focus-visible,summary:focus-visible{outline:2px solid var(--link);outline-offset:2px}
table{border-collapse:separate;border-spacing:0;width:100%;font-size:13.5px;font-variant-numeric:tabular-nums}
.uplot table{width:auto}
.scroll caption{text-align:left;color:var(--muted);font-size:13px;padding:10px 14px 6px;overflow-wrap:normal}
caption span{display:inline-block;position:sticky;left:14px;max-width:min(100%,100vw - 60px)}
section.card .scroll caption{padding-left:0}section.card caption span{left:0}
.scroll th,.scroll td{padding:6px 10px;text-align:right;border-top:1px solid var(--line);white-space:nowrap;font-weight:400}
.scroll thead th{color:var(--muted);font-size:12.5px}
.scroll td small{display:block;font-size:12px;color:var(--muted)}
.scroll small span{margin-left:4px}
.scroll .word,.scroll th[scope=row]{text-align:left}
.scroll td.word{white-space:normal;min-width:180px}
.scroll th:first-child{position:sticky;left:0;background:var(--card);padding-left:14px}
section.card .scroll th:first-child{padding-left:0}
.scroll tbody tr:last-child .c-all+*,.scroll a[aria-current]{font-weight:600}
.swatch{display:inline-block;width:10px;height:10px;border-radius:2px;margin-right:7px;background:var(--own)}
.bar-charts{display:grid;grid-template-columns:repeat(2,minmax(0,1fr));gap:16px 28px;margin:12px 0 4px}
.bars{list-style:none;padding:0;margin-top:6px;display:grid;gap:5px}
.bars li{display:grid;grid-template-columns:minmax(64px,130px) 1fr 64px;gap:10px;align-items:center;font-size:13.5px}
.bars .value{text-align:right;font-variant-numeric:tabular-nums}
.bar{display:block;width:100%;height:16px;overflow:visible;background:var(--page);border-radius:2px}
.bar rect{fill:var(--own)}
.bar line{stroke:var(--ink);stroke-width:2}
.facts{padding:6px 0}
.facts>div{display:grid;grid-template-columns:150px 1fr;gap:10px;padding:3px 0;font-size:14px}
.facts dt{color:var(--muted)}
.facts dd{margin:0}
.origin{display:grid;grid-template-columns:repeat(2,minmax(0,1fr));gap:14px;margin-bottom:14px}
.origin>dl{padding:10px 16px}
.command{margin-top:6px;padding:10px 14px;border-radius:8px;background:var(--card);border:1px solid var(--line);overflow-x:auto}
details{margin-top:14px}
summary{cursor:pointer;color:var(--link);font-size:14px}
details .scroll{max-height:420px;overflow-y:auto}
.run{padding-top:4px}
.live .run:not(.chosen){display:none}
.report{margin-top:44px;padding-top:20px;border-top:2px solid var(--line)}
.reports{list-style:none;padding:0;display:grid;gap:12px}
.reports .verdict{margin-top:4px;padding:10px 14px;font-size:15px}
@media (max-width:900px){.tiles{grid-template-columns:repeat(3,1fr)}.charts,.origin,.bar-charts{grid-template-columns:minmax(0,1fr)}}
@media (max-width:560px){main{padding:16px 12px 32px}h1{font-size:22px}
.tiles{grid-template-columns:repeat(2,1fr);gap:8px}.tiles>div{padding:10px 12px}.tiles strong{font-size:19px}
.verdict{font-size:16px;padding:14px;align-items:flex-start}section.card,figure{padding:12px}
.proof li,.findings>section+section .proof li{grid-template-columns:76px 1fr;gap:0 8px}.proof li>:last-child{grid-column:1/-1}.findings>section+section .proof li>:last-child{grid-column:1/-1}
.facts>div{grid-template-columns:112px 1fr}}
@page{margin:14mm}
@media print{.command{white-space:pre-wrap}.scroll td small{font-size:8.5px}.scroll small span{display:block;margin:0}.scroll td.word{min-width:0}body{background:#fff;font-size:12px}main{padding:0}.charts{grid-template-columns:minmax(0,1fr)}
figure,.tiles>div,.proof li,tr,.bars{break-inside:avoid}h2,h3,h4{break-after:avoid}.scroll{overflow:visible}.scroll th,.scroll td{padding:3px 5px;font-size:10px}
details:not([open]){display:none}details .scroll{max-height:none}.verdict,.notice,.swatch,.bar,.u-marker{-webkit-print-color-adjust:exact;print-color-adjust:exact}}`
