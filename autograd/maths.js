// What JavaScript's Math lacks, or has not as C has it. A page holds those that its operations call.

function power(a, b) { // pow(1, nan) and pow(-1, inf) are 1
  return a === 1 || (a === -1 && Math.abs(b) === Infinity) ? 1 : Math.pow(a, b);
}

function exp2(x) {
  return Math.pow(2, x);
}

function signed_as(a, b) { // a nan counts as positive
  return b < 0 || Object.is(b, -0) ? -Math.abs(a) : Math.abs(a);
}

function erf(x) { // DLMF 7.6.2; all terms have one sign
  if (Math.abs(x) > 3) return Math.sign(x) * (1 - erfc(Math.abs(x)));
  let term = x, sum = x;
  for (let n = 1; Math.abs(term) > 1e-17 * Math.abs(sum); n++) {
    term *= (2 * x * x) / (2 * n + 1);
    sum += term;
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
}

function erfc(x) { // DLMF 7.9.1
  if (!(x > 2)) return 1 - erf(x);
  let fraction = x;
  for (let n = 120; n; n--) fraction = x + n / 2 / fraction;
  return Math.exp(-x * x) / (Math.sqrt(Math.PI) * fraction);
}

function stirling(x) { // the logarithm of gamma, from 15 on: DLMF 5.11.1
  let series = 0;
  for (const b of [1 / 156, -691 / 360360, 1 / 1188, -1 / 1680, 1 / 1260, -1 / 360, 1 / 12]) series = series / (x * x) + b;
  return (x - 0.5) * Math.log(x) - x + 0.5 * Math.log(2 * Math.PI) + series / x;
}

function gamma(x) { // DLMF 5.5.1, from where Stirling's series holds
  if (x === 0) return 1 / x;
  if (x <= 0 && x === Math.floor(x)) return NaN;
  if (x < -200) return Math.floor(x) % 2 ? -0 : 0;
  if (x > 172) return Infinity;
  const steps = Math.max(0, Math.ceil(15 - x));
  let y = 1;
  if (x === Math.floor(x)) for (let n = 2; n < x; n++) y *= n;
  else {
    y = Math.exp(stirling(x + steps));
    for (let n = steps - 1; n >= 0; n--) y /= x + n;
  }
  return y;
}

function lgamma(x) { // DLMF 5.5.3 on the left
  if (x <= 0 && x === Math.floor(x)) return Infinity;
  if (x >= 15) return x === Infinity ? x : stirling(x);
  if (x < -20) return Math.log(Math.PI / Math.abs(Math.sin(Math.PI * (x - Math.round(x))))) - lgamma(1 - x);
  return Math.abs(x) < 1e-20 ? -Math.log(Math.abs(x)) : Math.log(Math.abs(gamma(x)));
}

function digamma(x) {
  return polygamma(0, x);
}

function polygamma(n, x) { // by recurrence to where the asymptotic series holds: DLMF 5.11.2, 5.15.5, 5.15.8
  if (x <= 0 && x === Math.floor(x)) return NaN;
  if (!(n >= 0 && n <= 150) || n !== Math.floor(n)) return NaN;
  if (x === Infinity) return n ? 0 : x;
  const sign = n % 2 ? 1 : -1;
  if (x < -32) return -sign * polygamma(n, 1 - x) - cotangent(n, x);
  const over = (t, k, first = 1) => { // k! / t ** (k + first)
    let y = first ? 1 / t : 1;
    for (let i = 1; i <= k; i++) y *= i / t;
    return y;
  };
  const steps = Math.max(0, Math.ceil(14 + n - x)), far = x + steps;
  let sum = 0, rising = n ? 1 : 0, series = 0;
  [1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6, -3617 / 510, 43867 / 798, -174611 / 330].forEach((b, i) => {
    const k = i + 1;
    rising *= ((2 * k + n - 1) * (2 * k + n - 2)) / ((2 * k - 1) * (2 * k));
    series += b * (n ? rising : 1 / (2 * k)) * Math.pow(far, -2 * k);
  });
  for (let k = 0; k < steps; k++) sum += over(x + k, n);
  if (!n) return Math.log(far) - 0.5 / far - series - sum;
  return sign * (sum + over(far, n - 1) * (1 + n / (2 * far) + series));
}

function cotangent(n, x) { // the n-th derivative of pi cot(pi x), a polynomial in the cotangent: DLMF 5.15.6
  const c = 1 / Math.tan(Math.PI * (x - Math.round(x)));
  let polynomial = [0, Math.PI];
  for (; n; n--) {
    const next = new Array(polynomial.length + 1).fill(0);
    polynomial.forEach((a, k) => {
      if (!k) return;
      next[k - 1] -= Math.PI * k * a;
      next[k + 1] -= Math.PI * k * a;
    });
    polynomial = next;
  }
  return polynomial.reduceRight((y, a) => y * c + a, 0);
}

function exponent_of(x) { // the whole part of log2(abs(x))
  if (!x || !Number.isFinite(x)) return 0;
  let k = Math.floor(Math.log2(Math.abs(x)));
  if (lowered(Math.abs(x), k) >= 2) k += 1;
  if (lowered(Math.abs(x), k) < 1) k -= 1;
  return k;
}

function lowered(a, k) { // a * 2 ** -k, where that power is no double too
  const by = -Math.trunc(Math.max(-2000, Math.min(2000, k))), half = Math.trunc(by / 2);
  return a * Math.pow(2, half) * Math.pow(2, by - half);
}

function product(...xs) { // as if exponents had no bounds
  let y = 1, k = 0;
  for (const x of xs) {
    const own = exponent_of(x);
    y *= lowered(x, own);
    const grown = exponent_of(y);
    y = lowered(y, grown);
    k += own + grown;
  }
  return lowered(y, -k);
}

function around(_, ...xs) { // of all numbers but one; which one makes no difference here
  return product(...xs);
}
