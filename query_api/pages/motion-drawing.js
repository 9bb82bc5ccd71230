// Elements, numbers in the page's language, and looking things up in columns.
const SVG = "http://www.w3.org/2000/svg";

/** Writes numbers with so many decimals as the page's language does, with a minus as long as its digits. */
export function written(digits) {
  const decimals = { minimumFractionDigits: digits, maximumFractionDigits: digits, signDisplay: "negative" };
  const format = new Intl.NumberFormat(document.documentElement.lang, decimals);
  return (number) => format.format(number).replace("-", "\u2212");
}

export const seconds = written(2);
export const SECOND_MS = 1000;

export function drawn(name, attributes = {}, text = "") {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  if (text) element.textContent = text;
  return element;
}

export function made(name, className = "", text = "") {
  const element = document.createElement(name);
  if (className) element.className = className;
  if (text) element.textContent = text;
  return element;
}

/** The index of the last time that is not after `at`. */
export function indexAt(times, at) {
  let low = 0, high = times.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (times[middle] <= at) low = middle; else high = middle - 1;
  }
  return low;
}

export function nearest(times, at) {
  const before = indexAt(times, at), after = Math.min(before + 1, times.length - 1);
  return at - times[before] <= times[after] - at ? before : after;
}

/** Round numbers between two, some `most` of them. */
export function ticks(low, high, most) {
  const least = (high - low) / most, power = 10 ** Math.floor(Math.log10(least));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((one) => one >= least);
  const found = [];
  for (let k = Math.ceil(low / step); k * step <= high; k++) found.push(k * step);
  return found;
}
