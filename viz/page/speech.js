// What all pages share: their words in the language that is spoken, and light or dark.

const $ = (id) => document.getElementById(id);
const root = document.documentElement;

function speech({ words, languages }, change) { // phrases are found by the English one; `change` speaks another language
  let lang;
  const say = (phrase, ...given) => {
    let next = 0;
    return ((words[lang] || {})[phrase] || phrase).replace(/{(\d?)[^}]*}/g, (_, i) => given[i || next++]);
  };
  const fixed = [...document.querySelectorAll("[aria-label], [placeholder], [data-say]")].flatMap((element) => [
    ...["aria-label", "placeholder"].filter((name) => element.hasAttribute(name)).map((name) => ({
      phrase: element.getAttribute(name),
      put(text) {
        element.setAttribute(name, text);
        if (element.matches("button")) element.title = text;
      },
    })),
    ...(element.dataset.say === undefined ? [] : [{ phrase: element.textContent, put: (text) => (element.textContent = text) }]),
  ]);
  function speak(to) {
    const other = Object.keys(languages).find((each) => each !== to);
    lang = root.lang = to;
    for (const { phrase, put } of fixed) put(say(phrase));
    Object.assign($("language"), { textContent: languages[other], lang: other });
    $("language").onclick = () => change((root.dataset.lang = other));
  }
  function wished(named) { // by a link, by whoever made the page, or by the browser
    if (named in languages) root.dataset.lang = named;
    const asked = root.dataset.lang || (navigator.language || "").slice(0, 2);
    return asked in languages ? asked : "en";
  }
  return { say, speak, wished, spoken: () => lang };
}

function turnLight() {
  const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.theme = dark ? "light" : "dark";
}
