// What a person can read on this page: text that is painted, large and strong enough, and covered by nothing.
// Runs in a world of its own, where the page's scripts cannot reach, with the viewport as tall as the page.
(() => {
  if (!document.body) return "";
  const uncover = new CSSStyleSheet();
  uncover.replaceSync("*, *::before, *::after { pointer-events: auto !important }");
  const sheets = document.adoptedStyleSheets;
  const brush = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
  const colours = new Map();
  const strengths = new Map();

  const colour = (text) => {
    if (!colours.has(text)) {
      brush.clearRect(0, 0, 1, 1);
      brush.fillStyle = "rgba(0, 0, 0, 0)";
      brush.fillStyle = text;
      brush.fillRect(0, 0, 1, 1);
      colours.set(text, Array.from(brush.getImageData(0, 0, 1, 1).data));
    }
    return colours.get(text);
  };

  const light = ([r, g, b]) => {
    const [x, y, z] = [r, g, b].map((v) => (v / 255 <= 0.04 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };

  // The product of all opacities up to the root; 0 where something blurs it.
  const strength = (element) => {
    if (!element) return 1;
    if (!strengths.has(element)) {
      const style = getComputedStyle(element);
      const own = /blur|opacity\(/.test(style.filter) ? 0 : parseFloat(style.opacity);
      strengths.set(element, own * strength(element.parentElement));
    }
    return strengths.get(element);
  };

  const ground = (element) => {
    for (let each = element; each; each = each.parentElement) {
      const style = getComputedStyle(each);
      if (style.backgroundImage !== "none") return null;
      const found = colour(style.backgroundColor);
      if (found[3] > 230) return found;
    }
    return [255, 255, 255, 255];
  };

  const legible = (element) => {
    const style = getComputedStyle(element);
    const ink = colour(style.webkitTextFillColor);
    if (parseFloat(style.fontSize) < 6 || ink[3] < 77 || strength(element) < 0.3) return false;
    const behind = ground(element);
    if (!behind) return true;
    const [low, high] = [light(ink), light(behind)].sort((a, b) => a - b);
    return (high + 0.05) / (low + 0.05) >= 1.2;
  };

  const uncovered = (rectangle, element) => {
    const x = rectangle.left + rectangle.width / 2;
    const y = rectangle.top + rectangle.height / 2;
    return document.elementFromPoint(x, y) === element;
  };

  const shown = (element) => element.checkVisibility({ opacityProperty: true, visibilityProperty: true });

  const text = (node) => {
    const element = node.parentElement;
    if (!node.data.trim() || !element || !shown(element) || !legible(element)) return "";
    const range = document.createRange();
    range.selectNodeContents(node);
    const lines = Array.from(range.getClientRects()).filter((each) => each.width >= 1 && each.height >= 4);
    const readable = lines.length > 0 && lines.slice(0, 500).every((each) => uncovered(each, element));
    return readable ? node.data : "";
  };

  // Platforms draw emoji as pictures that carry the character as their description.
  const drawn = (image) => {
    if (image.alt.length > 12 || /[a-z0-9]/i.test(image.alt) || !shown(image)) return "";
    return uncovered(image.getBoundingClientRect(), image) ? image.alt : "";
  };

  document.adoptedStyleSheets = [...sheets, uncover];
  try {
    const found = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT | NodeFilter.SHOW_ELEMENT);
    while (walker.nextNode()) {
      const node = walker.currentNode;
      const part = node.nodeType === Node.TEXT_NODE ? text(node) : node instanceof HTMLImageElement ? drawn(node) : "";
      if (part) found.push(part);
    }
    return found.join("\n");
  } finally {
    document.adoptedStyleSheets = sheets;
  }
})()
