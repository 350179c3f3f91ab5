// Sites as uneven as teams make them, the same each time: folders of one page and of thousands, deep
// ones and some without a first page, titles that are long, odd, or those of another page.

const WORDS = "disk queue replica ledger broker token cache tunnel shard gate probe vault spool relay meter index lease quorum".split(" ");
const ODD = ["C++ & <T>", "“Quotes” and \"others\"", "`code` in a title", "נתיב מימין", "ディスクがいっぱいです", "100 % of a_b*c", "Back\\slash", "😀 up"];

/** The same numbers each time. */
function numbers(seed) {
  let state = seed;
  return (below) => { state = (state * 1103515245 + 12345) % 2147483648; return Math.floor((state / 2147483648) * below); };
}

/** The pages of a site by their files, and its folders with a page to look for in each. */
export function world(wanted) {
  const any = numbers(wanted);
  const files = new Map();
  const folders = new Set();
  const page = (file, title, body = "") => {
    if (files.size >= wanted || files.has(file)) return;
    files.set(file, `---\ntitle: ${JSON.stringify(title)}\n---\n${body || `What to know about ${title.length} ${WORDS[any(18)]} and ${WORDS[any(18)]}.\n\n## First\n\nOne.\n\n## Second\n\nTwo.\n`}`);
    const parts = file.split("/").slice(0, -1);
    parts.forEach((_, at) => folders.add(parts.slice(0, at + 1).join("/")));
  };
  const name = () => `${WORDS[any(18)]} ${WORDS[any(18)]} ${WORDS[any(18)]}`;
  const title = (at) => (at % 17 === 3 ? ODD[any(ODD.length)] : at % 23 === 5 ? `${name()} `.repeat(8).trim() : at % 11 === 2 ? "Setup" : `${name()} ${at}`);
  const fill = (folder, count, index) => {
    if (index) page(`${folder}/index.md`, `All of ${folder.split("/").pop()}`);
    for (let at = index ? 1 : 0; at < count; at += 1) page(`${folder}/p${String(at).padStart(4, "0")}.md`, title(at));
  };
  page("index.md", "Where to start");
  page("about.md", "About");
  page("long.md", "A long page", Array.from({ length: 60 }, (_, at) => `## Part ${at}\n\n${"Words that fill a line of this page. ".repeat(20)}\n`).join("\n"));
  fill("deep", 2, true);
  fill("deep/b/c/d/e/f", 3, false);
  fill("deep/b/c", 1, true);
  fill("plain", 4, false);
  fill("one", 1, false);
  if (wanted > 25) {
    fill("huge", Math.floor(wanted * 0.29), true);
    fill("vast", Math.floor(wanted * 0.2), false);
    const tops = wanted > 1000 ? 90 : 24;
    // Where there is room for all ninety only if none is large, none is.
    const sizes = [1, 2, 3, 8, 30, 70].slice(0, wanted > 1000 && wanted < 3000 ? 4 : 6);
    for (let at = 0; files.size < wanted; at += 1) {
      const top = `team-${String(at % tops).padStart(2, "0")}`;
      const folder = at < tops ? top : `${top}/${WORDS[any(18)]}/${["", "x/", "y/z/"][any(3)]}${WORDS[any(18)]}`;
      fill(folder, sizes[any(sizes.length)], at % 3 !== 0);
    }
  }
  for (let at = 0; files.size < wanted; at += 1) page(`plain/q${at}.md`, title(at));
  return { files, folders: [...folders].sort() };
}
