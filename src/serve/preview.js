// Listens to the preview: comes again when this page has changed, keeps the place, and shows what is wrong.
(() => {
  "use strict";
  const own = document.currentScript.dataset;
  const place = "runbook-preview-place";
  // Storage may be closed, and anything may stand there.
  const taken = () => {
    try {
      const text = sessionStorage.getItem(place);
      sessionStorage.removeItem(place);
      return JSON.parse(text);
    } catch (e) { return null; }
  };
  const kept = taken();
  if (kept && Number.isFinite(kept.top) && kept.path === location.pathname) addEventListener("load", () => scrollTo({ top: kept.top, behavior: "instant" }));

  const again = () => {
    try { sessionStorage.setItem(place, JSON.stringify({ path: location.pathname, top: scrollY })); } catch (e) { /* then the page comes again at its top */ }
    location.reload();
  };

  const element = (name, words, inside = []) => {
    const made = document.createElement(name);
    made.textContent = words;
    made.append(...inside);
    return made;
  };

  // One list, open for errors and closed for warnings; what the reader closed stays closed.
  const list = (name, found) => {
    const title = `${found.length} ${name}${found.length === 1 ? "" : "s"}`;
    const made = element("details", "", [element("summary", title), ...found.map((text) => element("pre", text))]);
    made.open = name === "error";
    return made;
  };

  let hidden = "";
  const show = ({ errors, warnings }) => {
    document.querySelector(".preview-findings")?.remove();
    const what = JSON.stringify([errors, warnings]);
    if (errors.length + warnings.length === 0 || what === hidden) return;
    const close = element("button", "Hide");
    const aside = element("aside", "", [close]);
    close.type = "button";
    close.addEventListener("click", () => { hidden = what; aside.remove(); });
    aside.className = "preview-findings";
    aside.setAttribute("aria-label", "What is wrong");
    if (errors.length) aside.append(list("error", errors));
    if (warnings.length) aside.append(list("warning", warnings));
    document.body.append(aside);
  };

  const changed = async (news) => {
    if (String(news.assets) !== own.assets) return true;
    const answer = await fetch(location.pathname, { method: "HEAD", cache: "no-store" });
    return answer.headers.get("x-page") !== own.page;
  };

  let newest = 0;
  new EventSource(own.news).addEventListener("message", async ({ data }) => {
    const news = JSON.parse(data);
    newest = news.generation;
    const come = await changed(news).catch(() => false);
    if (newest !== news.generation) return;
    if (come) again();
    else show(news);
  });
})();
