/* A chart of one unit over time: uPlot with our colours, the last value beside the title, and a table for those who rather read. */
(() => {
  const UNITS = {
    percent: (v) => `${v < 10 && v > 0 ? v.toFixed(1) : Math.round(v)} %`,
    bytes: (v) => scaled(v, 1024, ['B', 'KiB', 'MiB', 'GiB', 'TiB']),
    rate: (v) => `${scaled(v, 1024, ['B', 'KiB', 'MiB', 'GiB'])}/s`,
    mebibytes: (v) => scaled(v * 1048576, 1024, ['B', 'KiB', 'MiB', 'GiB', 'TiB']),
    count: (v) => (Number.isInteger(v) ? String(v) : v.toFixed(1)),
  };
  const scaled = (value, base, names) => {
    let v = value;
    let i = 0;
    while (Math.abs(v) >= base && i < names.length - 1) { v /= base; i += 1; }
    return `${v < 10 && i > 0 && !Number.isInteger(v) ? v.toFixed(1) : Math.round(v)} ${names[i]}`;
  };
  const binary = new Set(['bytes', 'rate', 'mebibytes']);
  /* Steps of an axis of amounts: powers of two, so that it reads 256, 512 and not 200, 400. */
  const BINARY_STEPS = Array.from({ length: 48 }, (_, i) => 2 ** i);
  const clock = (t, wide) => new Date(t * 1000).toLocaleString([], wide
    ? { month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit', hour12: false }
    : { hour: '2-digit', minute: '2-digit', second: '2-digit', hour12: false });

  class WrennChart extends HTMLElement {
    connectedCallback() {
      if (this.watcher) return;
      this.watcher = new ResizeObserver(() => this.fit());
      this.watcher.observe(this);
      this.recolour = () => { this.rebuild(); };
      window.addEventListener('wrenn-scheme', this.recolour);
      this.frame();
      if (this.spec) this.rebuild();
    }

    disconnectedCallback() {
      this.watcher?.disconnect();
      this.watcher = null;
      window.removeEventListener('wrenn-scheme', this.recolour);
      this.plot?.destroy();
      this.plot = null;
    }

    frame() {
      if (this.box) return;
      this.head = document.createElement('div');
      this.head.className = 'chart-head';
      this.title_ = document.createElement('h2');
      this.values = document.createElement('div');
      this.values.className = 'chart-values';
      this.toggle = document.createElement('button');
      this.toggle.type = 'button';
      this.toggle.className = 'link';
      this.toggle.textContent = 'Table';
      this.toggle.setAttribute('aria-pressed', 'false');
      this.toggle.onclick = () => this.showTable(!this.tabled);
      this.box = document.createElement('div');
      this.box.className = 'chart-box';
      this.head.append(this.title_, this.values, this.toggle);
      this.append(this.head, this.box);
    }

    /* spec: {title, unit, max?, sync, range: seconds, series: [{name, colour}]} */
    configure(spec) {
      this.spec = spec;
      this.frame();
      this.title_.textContent = spec.title;
      if (this.isConnected) this.rebuild();
    }

    /* data: [[seconds…], [values or null…]…] */
    show(data, range) {
      this.frame();
      if (range && this.spec && this.spec.range !== range) {
        this.spec.range = range;
        this.zoomed = false;
      }
      this.data = data;
      this.setAttribute('points', data[0].length);
      this.tell();
      if (this.tabled) this.fillTable();
      if (!this.plot) this.rebuild();
      else this.plot.setData(data, !this.zoomed);
    }

    tell() {
      const format = UNITS[this.spec.unit];
      this.values.replaceChildren(...this.spec.series.map((series, i) => {
        const values = this.data[i + 1];
        let last = null;
        for (let j = values.length - 1; j >= 0 && last === null; j -= 1) last = values[j];
        const item = document.createElement('span');
        item.className = 'chart-value';
        if (this.spec.series.length > 1) {
          const key = document.createElement('i');
          key.style.background = `var(${series.colour})`;
          item.append(key, `${series.name} `);
        }
        const number = document.createElement('b');
        number.textContent = last === null ? '–' : format(last);
        item.append(number);
        return item;
      }));
    }

    rebuild() {
      if (!this.spec || !this.isConnected) return;
      this.plot?.destroy();
      this.plot = null;
      this.box.replaceChildren();
      if (this.tabled) { this.fillTable(); return; }
      const data = this.data;
      if (!data || data[0].length === 0) {
        const none = document.createElement('div');
        none.className = 'chart-none';
        none.textContent = data ? 'No points in this range yet.' : 'Waiting for the first points…';
        this.box.append(none);
        return;
      }
      const colour = window.wrenn.colour;
      const format = UNITS[this.spec.unit];
      const axis = { stroke: colour('--wrenn-dim'), font: '12px Inter, sans-serif', grid: { stroke: colour('--wrenn-line'), width: 1 }, ticks: { show: false } };
      const options = {
        width: Math.max(120, this.box.clientWidth), height: 168, ms: 1e-3, padding: [8, 4, 0, 0],
        cursor: { sync: { key: this.spec.sync, setSeries: false }, drag: { x: true, y: false }, points: { size: 6 } },
        legend: { show: false },
        scales: {
          x: { time: true, range: (plot, min, max) => this.window(min, max) },
          y: { range: (plot, min, max) => [0, this.spec.max || (max > 0 ? this.ceiling(max) : 1)] },
        },
        axes: [
          { ...axis, size: 28, space: 72, values: (plot, at) => at.map((t) => new Date(t * 1000).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit', hour12: false, ...(this.spec.range <= 600 ? { second: '2-digit' } : {}) })) },
          { ...axis, size: 68, space: 28, ...(binary.has(this.spec.unit) ? { incrs: BINARY_STEPS } : this.spec.unit === 'count' ? { incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000] } : {}), values: (plot, at) => at.map(format) },
        ],
        series: [{}, ...this.spec.series.map((s) => ({
          label: s.name, stroke: colour(s.colour), width: 1.5, spanGaps: false,
          // What is reserved changes at once, not little by little.
          paths: this.spec.unit === 'count' || this.spec.unit === 'mebibytes' ? uPlot.paths.stepped({ align: 1 }) : undefined,
          fill: this.spec.series.length === 1 ? this.wash(colour(s.colour)) : undefined,
          points: { show: (plot, i) => this.lonely(i), size: 4, fill: colour(s.colour) },
        }))],
        hooks: {
          setSelect: [(plot) => { if (plot.select.width > 4) this.zoomed = true; }],
          setCursor: [(plot) => this.hint(plot)],
        },
      };
      if (this.spec.range > 86400) options.axes[0].values = (plot, at) => at.map((t) => new Date(t * 1000).toLocaleDateString([], { month: 'short', day: 'numeric' }));
      this.plot = new uPlot(options, data, this.box);
      this.tip = document.createElement('div');
      this.tip.className = 'chart-tip';
      this.plot.over.append(this.tip);
      this.plot.over.addEventListener('dblclick', () => {
        this.zoomed = false;
        this.plot?.setData(this.data, true);
      });
    }

    /* The whole range is shown, also where nothing is known of it, unless somebody zoomed. */
    window(min, max) {
      if (this.zoomed) return [min, max];
      const end = Math.max(Date.now() / 1000, this.data[0][this.data[0].length - 1]);
      return [end - this.spec.range, end];
    }

    ceiling(max) {
      if (!binary.has(this.spec.unit)) return this.spec.unit === 'count' ? Math.max(2, Math.ceil(max * 1.15)) : max * 1.1;
      return max * 1.15;
    }

    wash(rgb) {
      return rgb.replace('rgb(', 'rgba(').replace(')', ', 0.14)');
    }

    /* A point without neighbours draws no line: it is shown as a dot. */
    lonely(i) {
      const values = this.data[i];
      if (values.length > 400) return false;
      return values.some((v, j) => v !== null && (values[j - 1] ?? null) === null && (values[j + 1] ?? null) === null);
    }

    hint(plot) {
      const i = plot.cursor.idx;
      if (!this.tip) return;
      if (i === null || i === undefined || plot.cursor.left < 0) { this.tip.style.display = 'none'; return; }
      const format = UNITS[this.spec.unit];
      const words = this.spec.series.map((s, n) => {
        const v = this.data[n + 1][i];
        return v === null || v === undefined ? null : this.spec.series.length > 1 ? `${s.name} ${format(v)}` : format(v);
      }).filter(Boolean);
      if (!words.length) { this.tip.style.display = 'none'; return; }
      this.tip.textContent = `${clock(this.data[0][i], this.spec.range > 86400)}  ${words.join('  ')}`;
      this.tip.style.display = 'block';
      const right = plot.cursor.left > plot.over.clientWidth / 2;
      this.tip.style.left = right ? '' : `${plot.cursor.left + 8}px`;
      this.tip.style.right = right ? `${plot.over.clientWidth - plot.cursor.left + 8}px` : '';
    }

    fit() {
      if (this.plot && this.box.clientWidth > 0 && this.box.clientWidth !== this.plot.width) this.plot.setSize({ width: this.box.clientWidth, height: 168 });
    }

    showTable(on) {
      this.tabled = on;
      this.toggle.setAttribute('aria-pressed', String(on));
      this.toggle.textContent = on ? 'Chart' : 'Table';
      this.rebuild();
    }

    fillTable() {
      const format = UNITS[this.spec.unit];
      const scroll = document.createElement('div');
      scroll.className = 'chart-table';
      scroll.tabIndex = 0;
      const table = document.createElement('table');
      const row = (cells, tag) => {
        const tr = document.createElement('tr');
        tr.append(...cells.map((text) => Object.assign(document.createElement(tag), { textContent: text })));
        return tr;
      };
      table.append(row(['Time', ...this.spec.series.map((s) => s.name)], 'th'));
      const times = this.data?.[0] || [];
      for (let i = times.length - 1; i >= 0; i -= 1) {
        const values = this.spec.series.map((s, n) => this.data[n + 1][i]);
        if (values.some((v) => v !== null)) table.append(row([clock(times[i], this.spec.range > 86400), ...values.map((v) => (v === null ? '–' : format(v)))], 'td'));
      }
      scroll.append(table);
      const top = this.box.querySelector('.chart-table')?.scrollTop || 0;
      this.box.replaceChildren(scroll);
      scroll.scrollTop = top;
    }
  }
  customElements.define('wrenn-chart', WrennChart);
})();
