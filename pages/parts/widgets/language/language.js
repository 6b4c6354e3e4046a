// Offers the languages of a study. The page's language and direction are written where its text begins, so that a
// screen reader pronounces it rightly and lines begin on the right side; the bar above it stays in English.

const DAY = 24 * 60 * 60;

export default function ({ data, parentElement, setTriggerValue }) {
  const label = parentElement.querySelector("label");
  const select = parentElement.querySelector("select");
  label.hidden = data.languages.length < 2;
  parentElement.querySelector("span").textContent = data.label;
  select.replaceChildren(...data.languages.map(([code, name]) => option(code, name)));
  select.value = data.language;
  select.onchange = () => {
    document.cookie = `huestory_language=${select.value}; path=/; max-age=${90 * DAY}; samesite=lax`;
    setTriggerValue("chosen", select.value);
  };
  const page = document.querySelector("[data-testid=stMain]");
  page?.setAttribute("lang", data.language);
  page?.setAttribute("dir", data.direction);
  if (page && (page.dataset.step ?? data.step) !== data.step) page.scrollTo(0, 0);
  if (page) page.dataset.step = data.step;
  return () => {
    page?.removeAttribute("lang");
    page?.removeAttribute("dir");
  };
}

function option(code, name) {
  const made = new Option(name, code);
  made.lang = code; // each name is in its own language
  return made;
}
