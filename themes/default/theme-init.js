// Sets the reader's colours before the first paint, so that nothing flashes.
try {
  var mode = localStorage.getItem("runbook:colours");
  if (mode === "light" || mode === "dark") document.documentElement.dataset.mode = mode;
} catch (e) { /* storage is closed on some hosts: the system's colours stay */ }
