// Keeps the theme over pages; turns whatever has outlived its measurement unknown; keeps relative times current.
(() => {
  const root = document.documentElement;
  const key = "theme";
  const stored = () => { try { return localStorage.getItem(key); } catch { return null; } };
  const store = (value) => { try { localStorage.setItem(key, value); } catch { /* private window */ } };
  const choose = (value) => { if (value) root.dataset.theme = value; };
  choose(stored());

  const steps = [[86400, "day"], [3600, "hour"], [60, "minute"], [1, "second"]];
  const ago = (seconds) => {
    const [size, unit] = steps.find(([size]) => seconds >= size) ?? steps[3];
    return new Intl.RelativeTimeFormat(root.lang, { numeric: "always" }).format(-Math.floor(seconds / size), unit);
  };

  const dial = (mark, name) => mark.querySelector("use").setAttribute("href", `#d-${name}`);

  const expire = (element) => {
    const { dataset } = element;
    if (element.matches(".ev")) {
      dial(element, "gap");
      element.ariaLabel = `${element.ariaLabel.split(":")[0]}: ${root.dataset.nothing}`;
    } else if ("banner" in dataset) {
      element.className = "now unknown stale";
      const line = element.querySelector("[data-line]");
      line.textContent = line.dataset.stale;
      element.querySelector("use").setAttribute("href", "#i-unknown");
      element.querySelector(".icon").setAttribute("class", "icon unknown");
    } else if ("state" in dataset) {
      element.className = "state unknown";
      element.querySelector("use").setAttribute("href", "#i-unknown");
      element.querySelector(".icon").setAttribute("class", "icon unknown");
      element.lastElementChild.textContent = root.dataset.unknown;
    } else if ("line" in dataset) {
      element.textContent = dataset.stale;
      element.closest("li").className = "open";
    } else if ("v" in dataset) {
      element.textContent = root.dataset.unknown;
      element.className = "void";
    } else {
      element.classList.add("stale");
    }
    element.removeAttribute("data-until");
  };

  const age = () => {
    const now = Date.now();
    for (const element of document.querySelectorAll("[data-until]")) {
      const end = Date.parse(element.dataset.until);
      if (now >= end) expire(element);
      else if (element.dataset.from) {
        const start = Date.parse(element.dataset.from);
        dial(element, Math.min(4, Math.max(1, Math.floor(((end - now) / (end - start)) * 4) + 1)));
        element.ariaLabel = `${element.ariaLabel.split(":")[0]}: ${ago((now - start) / 1000)}`;
      }
    }
    for (const time of document.querySelectorAll("time[data-ago]")) {
      time.textContent = ago(Math.max(0, (now - Date.parse(time.dateTime)) / 1000));
    }
  };

  addEventListener("DOMContentLoaded", () => {
    const choice = document.getElementById(`theme-${stored()}`);
    if (choice) choice.checked = true;
    for (const input of document.querySelectorAll("[name=theme]")) {
      input.addEventListener("change", () => { choose(input.value); store(input.value); });
    }
    age();
    setInterval(age, 15000);
  });
})();
