// How numbers are written: as viz.words.number and repr have them. Both round a tie to the even digit, which toFixed does not.

const even = (text, rest) => // where all that was cut off is a half, one that was rounded up to an odd digit is taken back
  /^50*$/.test(rest) && Number(text.at(-1)) % 2 ? text.slice(0, -1) + (Number(text.at(-1)) - 1) : text;
const scientific = (x, places) => { // the digits before and after the point, and the exponent
  const [digits, exponent] = x.toExponential(places).split("e");
  return [even(digits, x.toExponential(100).split("e")[0].slice(digits.length + !places)), Number(exponent)];
};
const fixed = (x, places) => { // x is not negative
  if (x >= 1e21) return BigInt(x) + (places ? "." + "0".repeat(places) : "");
  const text = x.toFixed(places);
  return even(text, x.toFixed(100).slice(text.length + !places));
};
const close = (a, b) => Math.abs(a - b) <= 1e-12 * Math.max(Math.abs(a), Math.abs(b));

function number(x, places = -1) { // so many places after the point; or else four significant digits
  const size = Math.abs(x);
  let text;
  if (!Number.isFinite(x)) text = x !== x ? "nan" : "inf";
  else if (places >= 0) text = fixed(size, places);
  else if (size >= 1e3 && size <= 1e6) text = fixed(size, 0);
  else {
    const [digits, exponent] = scientific(size, 3), near = exponent >= -4 && exponent < 4;
    text = near ? fixed(Number(digits + "e" + exponent), 3 - exponent) : digits;
    if (!near || exponent < 3) {
      const told = Number(near ? text : text + "e" + exponent);
      if (told === size || close(told, size)) text = text.replace(/0+$/, "");
    }
    text = text.replace(/\.$/, "") + (near ? "" : "e" + exponent);
  }
  const negative = x < 0 && (!Number.isFinite(x) || /[1-9]/.test(text.split("e")[0]));
  return (negative ? "-" : "").concat(text).replace(/-/g, "−");
}

function exact(x) { // to the last bit
  if (!Number.isFinite(x)) return x !== x ? "nan" : x < 0 ? "-inf" : "inf";
  const [digits, exponent] = x.toExponential().split("e");
  if (x && (exponent < -4 || exponent >= 16)) return digits + "e" + exponent.replace(/^([+-])(\d)$/, "$10$2");
  const text = Object.is(x, -0) ? "-0" : String(x);
  return text.includes(".") ? text : text + ".0";
}
