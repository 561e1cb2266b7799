/* What every page needs: the colour scheme, keys, and the clipboard. */
(() => {
  const KEY = 'wrenn-scheme';
  const media = matchMedia('(prefers-color-scheme: dark)');
  const chosen = () => localStorage.getItem(KEY) || 'system';

  const apply = () => {
    document.documentElement.style.colorScheme = chosen() === 'system' ? 'light dark' : chosen();
    window.dispatchEvent(new CustomEvent('wrenn-scheme', { detail: chosen() }));
  };

  window.wrenn = {
    scheme: chosen,
    setScheme(name) {
      if (name === 'system') localStorage.removeItem(KEY);
      else localStorage.setItem(KEY, name);
      apply();
      return name;
    },
    nextScheme() {
      const order = ['system', 'light', 'dark'];
      return window.wrenn.setScheme(order[(order.indexOf(chosen()) + 1) % order.length]);
    },
    /* The value of a colour token in the scheme that is shown now. */
    colour(token) {
      const probe = document.createElement('i');
      probe.style.cssText = `display:none;color:var(${token})`;
      document.body.append(probe);
      const value = getComputedStyle(probe).color;
      probe.remove();
      return value;
    },
    async copy(text, button) {
      try {
        await navigator.clipboard.writeText(text);
      } catch {
        // Without TLS browsers give pages no clipboard but this one.
        const area = document.createElement('textarea');
        area.value = text;
        area.style.cssText = 'position:fixed;opacity:0';
        (button?.closest('vaadin-dialog, vaadin-dialog-overlay') || document.body).append(area);
        area.select();
        document.execCommand('copy');
        area.remove();
      }
      if (!button) return;
      const label = button.textContent;
      button.textContent = 'Copied';
      button.setAttribute('aria-live', 'polite');
      setTimeout(() => { button.textContent = label; }, 1200);
    },
    /* Tags of the shells that this browser tab has in a capsule; with a tag: whether it lives. */
    terminals(capsule, tag, lives) {
      const key = `wrenn-terminals-${capsule}`;
      const tags = JSON.parse(sessionStorage.getItem(key) || '[]').filter((t) => t !== tag);
      if (tag && lives) tags.push(tag);
      if (tag) sessionStorage.setItem(key, JSON.stringify(tags));
      return tags;
    },
    download(base, path, name) {
      const link = document.createElement('a');
      link.href = `${base}?path=${encodeURIComponent(path)}`;
      link.download = name;
      document.body.append(link);
      link.click();
      link.remove();
    },
    /* Has an upload show why a file was refused, in the words of the answer. */
    uploadReasons(upload) {
      if (upload.tellsReasons) return;
      upload.tellsReasons = true;
      upload.addEventListener('upload-error', ({ detail: { file, xhr } }) => {
        try {
          file.error = JSON.parse(xhr.responseText).rejected[0].reason || file.error;
        } catch {
          // No answer of the upload's own: the browser's words have to do.
        }
        upload.files = [...upload.files];
      });
    },
  };
  apply();
  media.addEventListener('change', apply);

  /* "5 min ago", and a minute later "6 min ago". */
  const span = (seconds) => {
    if (seconds < 60) return `${seconds} s`;
    if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
    return seconds < 172800 ? `${Math.floor(seconds / 3600)} h` : `${Math.floor(seconds / 86400)} days`;
  };
  class WrennAge extends HTMLElement {
    connectedCallback() {
      this.tick = () => {
        const seconds = Math.max(0, Math.floor((Date.now() - Date.parse(this.getAttribute('at'))) / 1000));
        const words = this.getAttribute('before') + (seconds < 5 ? 'just now' : `${span(seconds)} ago`);
        if (this.textContent !== words) this.textContent = words;
      };
      this.timer = setInterval(this.tick, 5000);
      this.tick();
    }

    disconnectedCallback() {
      clearInterval(this.timer);
    }
  }
  customElements.define('wrenn-age', WrennAge);

  /* g and a letter leads to a page; not while somebody types. */
  const ways = { c: '', t: 'templates', m: 'metrics', k: 'keys', h: 'hosts' };
  let led = 0;
  window.addEventListener('keydown', (event) => {
    const at = event.composedPath()[0];
    if (event.ctrlKey || event.metaKey || event.altKey || /^(INPUT|TEXTAREA|SELECT)$/.test(at.tagName) || at.isContentEditable) return;
    if (event.key === 'g') led = event.timeStamp;
    else if (led && event.timeStamp - led < 1500 && event.key in ways) {
      led = 0;
      const path = ways[event.key];
      const link = [...document.querySelectorAll('.rail a')].find((a) => a.getAttribute('href') === path);
      link?.click();
    } else led = 0;
  });
})();
