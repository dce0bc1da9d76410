// The live page: figures come as server-sent events; when none come, everything turns unknown.
(() => {
  const QUIET = 7000; // milliseconds without figures until nothing is known
  const KEPT = 150;
  const UNPUBLISHED = 120; // seconds in lookups alone that count as degraded
  const LATE = 30; // seconds behind a shared store that count as degraded
  const byId = (id) => document.getElementById(id);
  const number = (value, digits = 0) => value.toLocaleString("en", { minimumFractionDigits: digits, maximumFractionDigits: digits });
  const rate = (value) => (value === null || value === undefined ? null : number(value, value < 10 ? 1 : 0));
  const milliseconds = (value) => (value === null || value === undefined ? null : value >= 5 ? "> 5,000" : number(value * 1000, value < 0.01 ? 2 : 0));
  const clock = (at) => new Date(at * 1000).toISOString().slice(11, 19);
  const ago = (seconds) => {
    for (const [size, unit] of [[86400, "day"], [3600, "hour"], [60, "minute"]]) {
      const count = Math.floor(seconds / size);
      if (count) return `${count} ${unit}${count > 1 ? "s" : ""}`;
    }
    return `${Math.floor(seconds)} s`;
  };

  const make = (name, attributes = {}, ...children) => {
    const element = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    element.append(...children);
    return element;
  };
  const icon = (name) => {
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    svg.setAttribute("class", `icon ${name}`);
    svg.setAttribute("aria-hidden", "true");
    const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
    use.setAttribute("href", `#i-${name}`);
    svg.append(use);
    return svg;
  };
  const unknown = (why = "Unknown") => make("span", { class: "void" }, why);
  const state = (name, word) => make("span", { class: `state ${name}` }, icon(name), word);
  const cell = (value, kind = "n") => make("td", { class: kind }, value ?? make("span", { class: "faint" }, "–"));
  const named = (text, code = false) => make("th", { scope: "row" }, code ? make("code", {}, text) : text);
  const fill = (id, rows, empty) => {
    const body = byId(id);
    const columns = body.closest("table")?.querySelectorAll("thead th").length;
    const nothing = columns ? make("tr", {}, make("td", { colspan: columns, class: "quiet" }, empty)) : make("li", { class: "quiet" }, empty);
    body.replaceChildren(...(rows.length ? rows : [nothing]));
  };

  const STATES = {
    ok: ["ok", "Operational"],
    degraded: ["degraded", "Degraded"],
    unavailable: ["major", "Lookups are not answered"],
  };
  const FEEDS = {
    imported: ["ok", "Imported"],
    unchanged: ["ok", "Unchanged"],
    quarantined: ["degraded", "Held back"],
    failed: ["partial", "Failed"],
    rejected: ["ok", "Rejected by hand"],
  };
  let points = [];
  let last = null;
  let heard = 0;

  const banner = (name, title, text) => {
    const now = byId("now");
    now.className = `now ${name}`;
    now.querySelector("use").setAttribute("href", `#i-${name}`);
    now.querySelector("h2").textContent = title;
    now.querySelector("p").textContent = text;
  };
  const live = (name, text) => {
    byId("live").replaceChildren(icon(name), make("span", {}, text));
  };
  const figure = (id, value, unit, fact) => {
    const box = byId(id);
    const shown = value === null ? unknown(unit) : value;
    box.querySelector(".val").replaceChildren(shown, ...(value === null || !unit ? [] : [make("small", {}, unit)]));
    box.querySelector(".fact").textContent = fact;
  };

  const reasons = (health) => {
    const of = (wanted) => health.feeds.filter((feed) => feed.state === wanted).map((feed) => feed.name);
    const told = [];
    if (!health.snapshot) told.push("No snapshot is loaded yet: import feeds, or wait for the importer.");
    if (health.store.state !== "up") told.push(`The store does not answer: ${health.store.error}. Lookups go on with what is loaded.`);
    if (health.replica?.lag_seconds >= LATE) told.push(`This server is ${ago(health.replica.lag_seconds)} behind the store.`);
    if (health.unpublished_seconds >= UNPUBLISHED) told.push(`A change by an operator has been in lookups, and in no list, for ${ago(health.unpublished_seconds)}.`);
    if (of("failed").length) told.push(`The last import failed for ${of("failed").join(", ")}.`);
    if (of("quarantined").length) told.push(`An update is held back for ${of("quarantined").join(", ")}.`);
    if (!told.length) told.push(`The store answers; ${health.feeds.length === 1 ? "one feed is" : `${health.feeds.length} feeds are`} in order.`);
    return told.join(" ");
  };

  const importing = (importer, watching) => {
    if (importer) return [state("ok", "At work"), `${importer.name}, since ${importer.since}`];
    if (watching) return [state("ok", "Idle"), ""];
    if (watching === null) return [unknown(), "the store is away"];
    return [state("degraded", "None"), "changes reach no list: start blacklist import --watch"];
  };

  const store = ({ store: { kind, state: is, error }, replica }) => {
    const row = (what, how, now) => make("tr", {}, named(what), make("td", {}, how), make("td", { class: "why" }, now));
    const rows = [row(kind === "redis" ? "Redis, shared" : "SQLite, of this server", is === "up" ? state("ok", "Answers") : state("partial", "Away"), error ?? "")];
    if (!replica) return rows;
    const { lag_seconds: lag, generations_behind: behind, importer, watching, local_copies_age_seconds: kept } = replica;
    return [...rows,
      row("This server", lag < LATE ? state("ok", "Follows") : state("degraded", "Behind"), `${ago(lag)}, ${number(behind)} generations behind`),
      row("Importer", ...importing(importer, watching)),
      row("Local copies", kept === null ? state("degraded", "None") : state("ok", "Kept"), kept === null ? "" : `as the store had it ${ago(kept)} ago`)];
  };

  const charts = (now) => {
    const text = (value, unit) => (value === null || value === undefined ? "unknown" : `${value} ${unit}`);
    const end = points.at(-1) ?? [];
    window.drawChart(byId("chart-requests"), points, [{ name: "all", value: (point) => point[1], kind: "l1" }], {
      digits: 1, now, told: `Requests a second over five minutes, now ${text(rate(end[1]), "a second")}.`,
    });
    const at = (place) => (point) => (point[place] === null ? null : point[place] * 1000);
    window.drawChart(byId("chart-latency"), points, [
      { name: "p50", value: at(2), kind: "l1" }, { name: "p95", value: at(3), kind: "l2" }, { name: "p99", value: at(4), kind: "l3" },
    ], { digits: 3, now, told: `Time of a lookup over five minutes; the 95th percentile is now ${text(milliseconds(end[3]), "milliseconds")}.` });
    window.drawChart(byId("chart-verdicts"), points, [
      { name: "all", value: (point) => point[5] + point[6] + point[7] + point[8], kind: "l1" }, { name: "listed", value: (point) => point[5], kind: "l2" },
    ], { digits: 1, now, told: `Verdicts a second over five minutes, of which now ${text(rate(end[5]), "a second")} are listed.` });
  };

  const show = (data) => {
    const { health } = data;
    const [name, title] = STATES[health.status];
    const span = `over the last ${data.window_seconds < 59 ? `${Math.round(data.window_seconds)} s` : "minute"}`;
    banner(name, title, reasons(health));
    live("ok", `Live, ${clock(data.at)} UTC`);
    const requests = rate(data.requests.rate);
    figure("fig-requests", requests, requests === null ? "Unknown" : "/s", requests === null ? "The first two seconds are not over." : `${span}; ${number(data.requests.total)} in all`);
    const p95 = milliseconds(data.latency.p95);
    figure("fig-latency", p95, p95 === null ? "Not measured" : "ms", p95 === null ? `No single lookup ${span}.` : `half within ${milliseconds(data.latency.p50)} ms, ${span}`);
    const total = data.verdicts.reduce((sum, one) => sum + one.total, 0);
    const listed = data.verdicts.find((one) => one.outcome === "listed").total;
    figure("fig-listed", total ? number((100 * listed) / total, 1) : null, total ? "%" : "Not measured", total ? `${number(listed)} of ${number(total)} since the start` : "No address was looked up yet.");
    const { snapshot } = health;
    figure("fig-generation", snapshot ? number(health.generation) : null, snapshot ? "" : "Unknown", snapshot ? `${number(snapshot.listings)} listings, compiled ${ago(snapshot.age_seconds)} ago` : "Nothing is loaded.");

    fill("verdicts", data.verdicts.map((one) => make("tr", { "data-outcome": one.outcome }, named(one.outcome), cell(rate(one.rate)), cell(number(one.total)))), "");
    fill("asked", data.asked.map((one) => make("li", {}, make("code", {}, one.address), make("span", { class: "n" }, number(one.count)))), "No listed address was asked for yet.");
    fill("routes", data.routes.map((one) => make("tr", { "data-route": one.route }, named(one.route, true), cell(rate(one.rate)),
      ...["p50", "p95", "p99"].map((p) => cell(milliseconds(one[p]))),
      ...["refused", "limited", "failed"].map((kind) => cell(one[kind] ? number(one[kind]) : null)))), "No request yet.");
    fill("feeds", health.feeds.map((feed) => make("tr", {}, named(feed.name), make("td", {}, state(...(FEEDS[feed.state] ?? ["unknown", feed.state]))),
      cell(number(feed.entries)), cell(feed.age_seconds === null ? "never" : `${ago(feed.age_seconds)} ago`), cell(feed.last_error ?? "", "why"))), "No feed was imported yet.");
    fill("store", store(health), "");
    fill("pulls", data.pulls.map((pull) => make("tr", {}, named(pull.consumer, true), make("td", {}, make("code", {}, pull.list)),
      make("td", {}, pull.late ? state("degraded", "Stopped coming") : state("ok", "Comes")), cell(number(pull.entries)), cell(number(pull.generation)), cell(`${ago(pull.age_seconds)} ago`))), "No list was taken since the server started.");
    fill("limited", data.limited.map((one) => make("tr", { "data-client": one.client }, named(one.client, true), make("td", {}, one.quota), cell(number(one.count)), cell(`${ago(one.age_seconds)} ago`))), "Nobody.");
    fill("refused", Object.entries(data.refused).map(([reason, count]) => make("tr", {}, named(reason), cell(number(count)))), "None.");
    byId("version").textContent = `blacklist ${health.version}, up for ${ago(health.uptime_seconds)}`;
    charts(data.at);
  };

  const lose = () => {
    if (!last || document.body.classList.contains("stale")) return;
    document.body.classList.add("stale");
    const since = `${clock(last.at)} UTC`;
    banner("unknown", "Unknown", `No figure has come since ${since}. What stands below is from then.`);
    live("unknown", `Nothing heard since ${since}`);
    for (const id of ["fig-requests", "fig-latency", "fig-listed", "fig-generation"]) figure(id, null, "Unknown", `Last known at ${since}.`);
  };
  setInterval(() => {
    if (Date.now() - heard < QUIET) return;
    lose();
    if (last) charts(Date.now() / 1000);
  }, 1000);

  const connect = () => {
    const stream = new EventSource("/monitoring/events");
    stream.addEventListener("history", (event) => { points = JSON.parse(event.data); });
    stream.addEventListener("figures", (event) => {
      last = JSON.parse(event.data);
      heard = Date.now();
      document.body.classList.remove("stale");
      if (last.point && points.at(-1)?.[0] !== last.point[0]) points = [...points, last.point].slice(-KEPT);
      show(last);
    });
    stream.addEventListener("error", () => {
      if (stream.readyState === EventSource.CLOSED) reconnect(); // else the browser tries again by itself
    });
  };

  // The access token has expired, or the login is over. One page at a time takes the next pair: it can be taken once.
  const renew = async () => {
    const { status } = await fetch("/monitoring/events", { method: "HEAD" });
    if (status !== 401) return status === 403 ? status : 200;
    return (await fetch("/monitoring/renew", { method: "POST" })).status;
  };
  const reconnect = async () => {
    const status = await (navigator.locks ? navigator.locks.request("renew", renew) : renew()).catch(() => 503);
    if (status < 300) setTimeout(connect, 1000);
    else if (status < 500) location.assign("/monitoring/login");
    else setTimeout(reconnect, 5000);
  };
  addEventListener("resize", () => { if (last) charts(last.at); });
  connect();
})();
