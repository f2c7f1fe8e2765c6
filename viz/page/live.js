// A graph whose leaves can be changed: computed anew as the engine does, value by value, then back. See live.py.

const SLOT = "\ue000";

function graphOf({ nodes, start, seed, places }, operations) {
  const given = nodes.map((node) => (Array.isArray(node) ? 0 : Number(node))), first = [...given];
  const reached = new Set();
  const kind = (x) => (x !== x ? "n" : x === Infinity ? "I" : x === -Infinity ? "i" : x > 0 ? "+" : x < 0 ? "-" : "0");
  let values = [], partials = [], gradients = [], passed = []; // nothing is passed where the backward pass does not come by

  function compute() { // all or nothing; returns the engine's words if it refuses a number
    const ys = [], slopes = [];
    for (const [i, node] of nodes.entries()) {
      if (Array.isArray(node)) {
        const [name, operands, errors] = node, xs = operands.map((k) => ys[k]), y = operations[name].value(...xs);
        const kinds = Number.isFinite(y) ? "" : [y, ...xs].map(kind).join("");
        const refused = kinds && Object.keys(errors || {}).find((words) => errors[words].split(" ").includes(kinds));
        if (refused) return filled(refused, (what, k) => exact(ys[k]));
        slopes[i] = operations[name].partials(...xs, y);
        ys[i] = y;
      } else ys[i] = given[i];
    }
    values = ys;
    partials = slopes;
    gradients = nodes.map((_, i) => (i === start ? seed : 0));
    passed = [];
    reached.clear();
    reached.add(start);
    for (let i = start; i >= 0; i--) if (reached.has(i) && Array.isArray(nodes[i])) { // 0 passes nothing on, nor does a closed edge
      const [name, operands] = nodes[i], g = gradients[i];
      passed[i] = operands.map((k, j) => {
        const d = partials[i][j], term = g === 0 || (operations[name].choice && d === 0) ? 0 : g * d;
        gradients[k] += term;
        reached.add(k);
        return term;
      });
    }
    return "";
  }

  function filled(text, look) {
    return text.split(SLOT).map((part, i) => {
      if (i % 2 === 0) return part;
      const [, held, what, k, j] = /^(\(?)([a-z])(\d+)(?:\.(-?\d+))?$/.exec(part), put = look(what, k, j);
      return held && /^[-−]/.test(put) ? "(" + put + ")" : put;
    }).join("");
  }

  const write = (x) => number(x, places);
  const numbers = { v: (k) => write(values[k]), g: (k) => write(gradients[k]), d: (k, j) => write(partials[k][j]),
    p: (k, j) => write(passed[k][j]), e: (k) => exact(values[k]) };
  function tellers() { // of a story: what each gradient was before and after each step is known when the step has come by
    const totals = nodes.map((_, i) => (i === start ? seed : 0)), before = {}, after = {};
    const look = (what, k, j) => write({ b: before, a: after }[what][k + "." + j]);
    return {
      totals,
      pass: (k, j) => {
        const x = j < 0 ? k : nodes[k][1][j];
        before[k + "." + j] = totals[x];
        totals[x] = j < 0 ? gradients[k] : totals[x] + passed[k][j];
        after[k + "." + j] = totals[x];
      },
      fill: (text) => filled(text, (what, k, j) => (numbers[what] ? numbers[what](k, j) : look(what, k, j))),
    };
  }

  compute();
  return {
    given, first, tellers, write, original: [...values],
    value: (k) => values[k], gradient: (k) => gradients[k], partial: (k, j) => partials[k][j], 
    passed: (k, j) => (j === undefined ? (reached.has(k) ? gradients[k] : undefined) : passed[k] && passed[k][j]), reached,
    operand: (k, j) => nodes[k][1][j],
    set(k, x) { // the engine's words if it refuses the number; then nothing has changed
      const old = given[k];
      given[k] = x;
      const refused = compute();
      if (refused) given[k] = old;
      return refused;
    },
  };
}

// The leaves, one below the other, each with a slider, a number and buttons; and what of a picture hangs on them.

function leavesOf(page) {
  const { $, say, story } = page, graph = graphOf(story.model, OPERATIONS), { write } = graph, { heat } = story.model;
  let changed = false, rows = [];

  const rounded = (x) => Number(x.toPrecision(12));
  const above = (x) => { // two digits
    const unit = Math.pow(10, Math.floor(Math.log10(x)) - 1);
    return rounded(Math.ceil(rounded(x / unit)) * unit);
  };
  const below = (x) => { // 1, 2 or 5 times a power of ten
    const unit = Math.pow(10, Math.floor(Math.log10(x)));
    return rounded([5, 2, 1].find((n) => n * unit <= x * 1.000001) * unit);
  };
  const stepOf = (x) => { // by which a click raises: 1 of a whole number, else its last digit, and never less than a hundredth
    const digits = x === Math.trunc(x) ? 0 : (String(x).split("e")[0].split(".")[1] || "").length, size = Math.floor(Math.log10(Math.abs(x)));
    return x === 0 ? 0.1 : rounded(Math.max(Math.pow(10, Math.abs(x) < 1e-6 ? -400 : -digits), Math.pow(10, size - 2)));
  };
  const make = (tag, given, ...inside) => {
    const element = Object.assign(document.createElement(tag), given);
    element.append(...inside);
    return element;
  };

  function rowOf([k, name]) {
    const x = graph.first[k], size = Number.isFinite(x) && x ? above(2 * Math.abs(x)) : 1, by = Number.isFinite(x) ? stepOf(x) : 1;
    const range = make("input", { type: "range", min: x > 0 ? 0 : -size, max: x < 0 ? 0 : size, step: below(size / 200), ariaLabel: name });
    const typed = make("input", { type: "number", step: "any", ariaLabel: name });
    const grad = make("output", { className: "grad" });
    const button = (text, label, to) => make("button", { textContent: text, ariaLabel: label, title: label, onclick: () => change(k, to()) });
    const raise = (sign) => rounded(graph.given[k] + sign * by);
    const less = button("−" + write(by), say("Lower {} by {}", name, write(by)), () => raise(-1));
    const more = button("+" + write(by), say("Raise {} by {}", name, write(by)), () => raise(1));
    const back = button("↺", say("Reset {}", name), () => graph.first[k]);
    range.oninput = () => change(k, Number(range.value));
    range.onpointerup = () => range.blur(); // and arrow keys go from step to step again
    typed.oninput = () => typed.value !== "" && change(k, Number(typed.value), typed);
    typed.onchange = () => document.body.classList.contains("refused") || render(); // what is refused stays to be corrected
    const element = make("li", {}, make("span", { className: "name", textContent: name, title: name }), typed, grad, back, less, range, more);
    return { k, element, range, typed, grad, back };
  }
  function render(source) {
    for (const { k, element, range, typed, grad, back } of rows) {
      const x = graph.given[k];
      if (x < range.min) range.min = -above(-1.25 * x);
      if (x > range.max) range.max = above(1.25 * x);
      range.value = x;
      if (typed !== source) typed.value = Number.isFinite(x) ? x : "";
      grad.textContent = say("grad {}", graph.reached.has(k) ? write(graph.gradient(k)) : "–");
      back.disabled = Object.is(x, graph.first[k]);
      element.classList.toggle("changed", !back.disabled);
    }
    const [k, name] = told().result, y = graph.value(k), by = y - graph.original[k];
    $("result").replaceChildren(make("span", { textContent: name + " = " + write(y) }));
    if (by) $("result").append(" ", make("b", { textContent: (by > 0 ? "+" : "") + write(by) }));
    $("restore").disabled = rows.every(({ back }) => back.disabled);
  }
  function tell(refused) {
    $("refused").textContent = refused;
    document.body.classList.toggle("refused", Boolean(refused));
  }
  function change(k, x, source) {
    const refused = graph.set(k, x);
    tell(refused);
    if (refused) {
      rows.find((row) => row.k === k).back.disabled = $("restore").disabled = false;
      return;
    }
    changed = true;
    page.renew();
    render(source);
  }

  const told = () => story.views[0].live;
  const last = (text, put) => text.replace(/[+−]?(\d[\d.]*(e−?\d+)?|inf|nan)(?=( \(.+\))?$)/, () => put); // and not a formula
  const warn = (text, x) => text.setAttribute("class", Number.isFinite(x) ? text.dataset.text : "alarm");
  function put(text, x, sign = "") {
    warn(text, x);
    text.removeAttribute("textLength");
    page.write(text, last(text.textContent, sign + write(x)));
  }
  function show(view) { // all numbers and sentences of the picture
    if (!changed) return;
    const { boxes, wires, steps, title } = told(), { totals, pass, fill } = graph.tellers();
    const equated = (text) => text.split(" = ").map(fill).filter((put, i, all) => put !== all[i - 1]).join(" = ");
    const sums = view.steps.map(() => []); // that a step changes
    view.boxes.forEach((box, i) => box.sums.forEach((sum) => sums[sum.k].push([sum, boxes[i]])));
    view.steps.forEach((step, i) => {
      const [words, links, product] = steps[i];
      for (const [k, j] of links) pass(k, j);
      step.words = step.kind === "forward" ? words.map(equated) : words.map(fill);
      step.product = product ? step.words[1] : "";
      if (product && graph.gradient(links[0][0]) === 0) {
        step.words[1] = say("nothing comes in (0): nothing is passed on");
        step.product = "0";
      }
      for (const [sum, k] of sums[i]) Object.assign(sum, { text: last(sum.text, write(totals[k])), exact: exact(totals[k]) });
    });
    view.boxes.forEach((box, i) => {
      if (boxes[i] < 0) return;
      if (box.name !== undefined) box.data = exact(graph.value(boxes[i]));
      for (const text of box.element.querySelectorAll("[data-text=value]")) put(text, graph.value(boxes[i]));
      if (box.grad) warn(box.grad, graph.gradient(boxes[i])); // what it says is said at each step
    });
    const flow = wires.map(([k, j]) => (k === undefined ? undefined : graph.passed(k, j)));
    view.wires.forEach(({ numbers }, i) => {
      const [k, j] = wires[i];
      if (k === undefined || !numbers) return;
      const show = { value: graph.value(j === undefined ? k : graph.operand(k, j)), grad: flow[i], note: j === undefined ? 0 : graph.partial(k, j) };
      for (const text of numbers.querySelectorAll("[data-text]")) {
        const x = show[text.dataset.text];
        if (x !== undefined) put(text, x, heat && text.dataset.text === "grad" && x > 0 ? "+" : "");
      }
    });
    if (heat) warm(view, flow);
    const heading = document.querySelector("h1"), before = view.svg.getAttribute("aria-label"), now = fill(title);
    if (heading.textContent === before) document.title = heading.textContent = now;
    view.svg.setAttribute("aria-label", now);
    for (const old of view.svg.querySelectorAll("desc")) old.remove();
  }
  function warm(view, flow) { // as viz.graph.draft has it
    const sizes = flow.map((x) => Math.abs(x)).filter((x) => x && Number.isFinite(x)), largest = Math.max(...sizes);
    view.wires.forEach(({ lines }, i) => {
      const size = Math.abs(flow[i]), tone = !size || !Number.isFinite(size) ? "" : flow[i] > 0 ? "plus" : "minus";
      lines.forEach((line, tip) => {
        line.classList.remove("wire", "head", "plus", "minus", "plus-head", "minus-head");
        line.classList.add(tip ? (tone ? tone + "-head" : "head") : tone || "wire");
      });
      lines[0].setAttribute("stroke-width", tone ? 1.4 + 3.6 * Math.max(0, 1 + Math.log10(size / largest) / 3) : 1.4);
    });
  }

  function list() { // in the language that is spoken now
    rows = told().leaves.map(rowOf);
    $("rows").replaceChildren(...rows.map(({ element }) => element));
    tell(""); // all fields have the numbers of the graph
    render();
  }
  $("restore").onclick = () => {
    for (const { k } of rows) graph.given[k] = graph.first[k];
    change(rows[0].k, graph.first[rows[0].k]);
  };
  function point(i) { // the row of a leaf whose box was chosen
    const row = rows.find(({ k }) => k === told().boxes[i]);
    for (const { element } of rows) element.classList.toggle("pointed", row !== undefined && element === row.element);
    if (row && !$("leaves").hidden) row.element.scrollIntoView({ block: "nearest" });
  }
  list();
  return { list, show, point };
}
