// Leads readers from addresses that were to those that are, with the place on the page.
"use strict";
(function () {
  function place() {
    try { return decodeURIComponent(location.hash.slice(1)); } catch (e) { return ""; }
  }

  function follow() {
    const id = place();
    if (id && document.getElementById(id)) return;
    const moved = [...document.querySelectorAll("[data-was]")].find((link) => link.dataset.was === id);
    const page = document.querySelector("[data-now]");
    if (moved) location.replace(moved.href);
    else if (page) location.replace(page.hash ? page.href : page.href + location.hash);
  }

  addEventListener("hashchange", follow);
  follow();
})();
