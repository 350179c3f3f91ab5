// What has to be known before the first paint, so that nothing flashes or jumps: that there is
// JavaScript, the reader's colours, the groups of the sidebar they folded, and whether the page is
// past the day it was to be read again.
document.documentElement.classList.add("js");
try {
  var mode = localStorage.getItem("runbook:colours");
  if (mode === "light" || mode === "dark") document.documentElement.dataset.mode = mode;
} catch (e) { /* storage is closed on some hosts: the system's colours stay */ }
var due = document.documentElement.dataset.due;
var now = new Date();
if (due && new Date(due + "T00:00") < new Date(now.getFullYear(), now.getMonth(), now.getDate())) {
  document.documentElement.dataset.overdue = "";
}
try {
  var sheet = new CSSStyleSheet();
  JSON.parse(localStorage.getItem("runbook:folded") || "[]").forEach(function (name) {
    sheet.insertRule('.side section:not(.open)[data-group="' + CSS.escape(name) + '"] ul { display: none; }');
  });
  document.adoptedStyleSheets = [sheet];
} catch (e) { /* then the list folds a moment later */ }
