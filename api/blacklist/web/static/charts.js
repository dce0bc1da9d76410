// Strip charts: five minutes of points as inline SVG. A gap breaks the line and is hatched; the axis starts at zero.
(() => {
  const HEIGHT = 112, TOP = 18, BOTTOM = 20, SPAN = 300, STEP = 5;
  const make = (name, attributes = {}, text = "") => {
    const element = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    element.textContent = text;
    return element;
  };
  const nice = (value) => {
    if (!(value > 0)) return 1;
    const power = 10 ** Math.floor(Math.log10(value));
    return power * [1, 2, 4, 6, 8, 10].find((step) => value <= step * power);
  };

  // Runs of points without a gap: more than STEP seconds between two, or no value, ends a run.
  const runs = (points, value) => {
    const found = [];
    let run = null, last = -Infinity;
    for (const point of points) {
      const y = value(point);
      if (y === null || point[0] - last > STEP) run = null;
      if (y !== null) {
        if (!run) found.push((run = []));
        run.push([point[0], y]);
      }
      last = point[0];
    }
    return found;
  };
  const holes = (covered, start, end) => {
    const found = [];
    let at = start;
    for (const [from, to] of covered) {
      if (from - at > STEP) found.push([at, from]);
      at = Math.max(at, to);
    }
    if (end - at > STEP) found.push([at, end]);
    return found;
  };

  // Draws into a figure. `series` are {name, value(point), kind}; `told` is the sentence for those who don't see it.
  window.drawChart = (figure, points, series, { digits, told, now }) => {
    const width = Math.max(240, figure.clientWidth);
    const label = 52, right = width - label, start = now - SPAN;
    const x = (at) => ((at - start) / SPAN) * right;
    const shown = points.filter((point) => point[0] >= start);
    const top = nice(Math.max(0, ...shown.flatMap((point) => series.map((one) => one.value(point) ?? 0))));
    const y = (value) => TOP + (HEIGHT - TOP - BOTTOM) * (1 - value / top);
    const svg = make("svg", { width: "100%", height: HEIGHT, viewBox: `0 0 ${width} ${HEIGHT}`, role: "img", "aria-label": told });
    const number = (value) => value.toLocaleString("en", { maximumFractionDigits: digits });
    const lines = series.map((one) => runs(shown, one.value));
    const covered = lines[0].map((run) => [run[0][0], run.at(-1)[0]]);
    for (const [from, to] of holes(covered, start, now)) {
      const wide = x(to) - x(from);
      svg.append(make("rect", { class: "gap", x: x(from), y: TOP, width: wide, height: HEIGHT - TOP - BOTTOM }));
      if (wide > 110) svg.append(make("text", { class: "halo", x: x(from) + wide / 2, y: y(top / 2) + 4, "text-anchor": "middle" }, "not measured"));
    }
    for (const value of [top, top / 2]) {
      svg.append(make("line", { class: "grid", x1: 0, x2: right, y1: y(value), y2: y(value) }));
      svg.append(make("text", { class: "halo", x: 0, y: y(value) - 4 }, number(value)));
    }
    svg.append(make("line", { class: "axis", x1: 0, x2: right, y1: y(0), y2: y(0) }));
    for (const [minutes, anchor] of [[5, "start"], [4, "middle"], [3, "middle"], [2, "middle"], [1, "middle"], [0, "end"]]) {
      if (width < 480 && minutes % 2 === 0 && minutes) continue;
      const text = minutes ? `−${minutes} min` : "now";
      svg.append(make("text", { x: x(now - 60 * minutes), y: HEIGHT - 5, "text-anchor": anchor }, text));
    }
    const ends = [];
    series.forEach((one, place) => {
      for (const run of lines[place]) {
        const path = run.map(([at, value], i) => `${i ? "L" : "M"}${x(at).toFixed(1)} ${y(value).toFixed(1)}`).join("");
        svg.append(make("path", { class: `l ${one.kind}`, d: run.length > 1 ? path : `${path}h.1` }));
      }
      const last = lines[place].at(-1)?.at(-1);
      if (last && now - last[0] <= STEP) ends.push({ name: one.name, y: y(last[1]) });
    });
    ends.sort((one, other) => one.y - other.y);
    ends.forEach((end, place) => { if (place) end.y = Math.max(end.y, ends[place - 1].y + 13); });
    for (let place = ends.length - 1; place >= 0; place--) {
      const limit = place === ends.length - 1 ? y(0) : ends[place + 1].y - 13;
      ends[place].y = Math.min(ends[place].y, limit);
      svg.append(make("text", { class: "end", x: right + 6, y: ends[place].y + 4 }, ends[place].name));
    }
    figure.querySelector("svg")?.remove();
    figure.append(svg);
  };
})();
