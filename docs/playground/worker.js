// The worker: Python, the engine and Graphviz live here, so that the page answers while a program runs, and can end it.
import { loadPyodide } from "./pyodide/pyodide.mjs";
import { Graphviz } from "./graphviz.js";

const here = (path) => new URL(path, import.meta.url).href;
const fetched = async (path) => {
  const answer = await fetch(here(path));
  if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
  return answer;
};

let play = null;

async function begin() {
  const built = await (await fetched("build.json")).json();
  const [python, graphviz, source, ...wheels] = await Promise.all([
    loadPyodide({ indexURL: here("pyodide/"), lockFileContents: built.lock }),
    Graphviz.load(),
    fetched("play.py").then((answer) => answer.text()),
    ...built.wheels.map((name) => fetched(name).then((answer) => answer.arrayBuffer())),
  ]);
  const packages = python.pyimport("sysconfig").get_path("purelib");
  for (const wheel of wheels) python.unpackArchive(wheel, "wheel", { extractDir: packages });
  python.setStdin({ error: true });
  python.FS.writeFile(`${packages}/play.py`, source);
  play = python.pyimport("play");
  play.prepare();
  const viz = python.pyimport("viz");
  viz.layout_with((text, options) => {
    const given = (letter, otherwise) => [...options].find((each) => each.startsWith(letter))?.slice(2) ?? otherwise;
    return graphviz.layout(text, given("-T", "svg"), given("-K", "dot"));
  });
  postMessage({ kind: "ready" });
}

// What is printed goes out line by line at first, and then in pieces: a program that prints without end must not flood the page.
let printed = "", sent = 0, pieces = 0;
function flush() {
  if (printed) postMessage({ kind: "printed", text: printed });
  printed = "";
  pieces++;
  sent = performance.now();
}
function write(text) {
  printed += text;
  if (pieces < 100 ? text.endsWith("\n") : performance.now() - sent > 50) flush();
}

const ASKED = {
  run: ({ text, lang, item, style }) => JSON.parse(play.run(text, write, lang, item, style)),
  steps: ({ style }) => play.page(style),
  explanation: () => play.explanation(),
};

onmessage = ({ data }) => {
  try {
    pieces = 0;
    const told = ASKED[data.kind](data);
    flush();
    postMessage({ kind: "told", of: data.kind, number: data.number, told });
  } catch (error) {
    flush();
    const dead = !!error.pyodide_fatal_error || error instanceof RangeError || error instanceof WebAssembly.RuntimeError;
    postMessage({ kind: "failed", of: data.kind, number: data.number, dead, message: String(error.message ?? error).trim().split("\n").pop() });
  }
};

begin().catch((error) => postMessage({ kind: "broken", message: String(error.message ?? error) }));
