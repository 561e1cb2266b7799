/* A terminal on the pty WebSocket of a capsule. Keys go straight to the socket, never through the server side of the page. */
(() => {
  const DECODER = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
  const encode = (text) => {
    let out = '';
    for (const byte of new TextEncoder().encode(text)) out += String.fromCharCode(byte);
    return btoa(out);
  };

  class WrennTerminal extends HTMLElement {
    connectedCallback() {
      if (this.screen) return;
      const style = getComputedStyle(this);
      const token = (name) => style.getPropertyValue(name).trim();
      this.screen = new Terminal({
        fontFamily: token('--wrenn-mono'), fontSize: 13, lineHeight: 1.25, scrollback: 5000, cursorBlink: true,
        theme: {
          background: token('--wrenn-surface-0'), foreground: token('--wrenn-text'), cursor: token('--wrenn-accent'),
          selectionBackground: token('--wrenn-surface-3'), green: token('--wrenn-running'), yellow: token('--wrenn-paused'),
          blue: token('--wrenn-busy'), red: token('--wrenn-error'),
        },
      });
      this.fitter = new FitAddon.FitAddon();
      this.screen.loadAddon(this.fitter);
      this.screen.open(this);
      this.screen.onData((data) => this.send({ type: 'input', data: encode(data) }));
      this.screen.onBinary((data) => this.send({ type: 'input', data: btoa(data) }));
      this.screen.onResize(({ cols, rows }) => this.send({ type: 'resize', cols, rows }));
      this.watcher = new ResizeObserver(() => this.fit());
      this.watcher.observe(this);
      document.fonts.ready.then(() => this.fit());
      if (this.wanted) this.open(this.wanted);
    }

    disconnectedCallback() {
      this.watcher?.disconnect();
      this.leaving = true;
      this.socket?.close(1000);
      this.screen?.dispose();
      this.screen = null;
    }

    fit() {
      if (this.screen && this.offsetParent && this.clientWidth > 0) this.fitter.fit();
    }

    attach(path, token) {
      this.wanted = { path, token };
      if (this.screen) this.open(this.wanted);
    }

    retoken(token) {
      if (this.wanted) this.wanted.token = token;
    }

    open({ path, token }) {
      this.fit();
      this.tell('connecting', '');
      const scheme = location.protocol === 'https:' ? 'wss:' : 'ws:';
      const socket = new WebSocket(`${scheme}//${location.host}${path}`);
      this.socket = socket;
      socket.onopen = () => {
        socket.send(JSON.stringify({ type: 'auth', token }));
        if (this.tag) {
          this.screen.reset();
          socket.send(JSON.stringify({ type: 'connect', tag: this.tag }));
        } else {
          socket.send(JSON.stringify({
            type: 'start', cmd: '/bin/bash', args: ['-l'], cols: this.screen.cols, rows: this.screen.rows,
            envs: { TERM: 'xterm-256color', LANG: 'C.UTF-8' },
          }));
        }
      };
      socket.onmessage = (event) => this.receive(JSON.parse(event.data));
      socket.onclose = () => {
        if (socket !== this.socket || this.leaving || this.over) return;
        this.tell('detached', 'The connection broke. The shell goes on in the capsule; trying again…');
        this.retry = setTimeout(() => this.open(this.wanted), Math.min(10000, 500 * 2 ** (this.tries = (this.tries || 0) + 1)));
      };
    }

    receive(message) {
      if (message.type === 'started') {
        if (message.tag) this.tag = message.tag;
        this.tries = 0;
        this.tell('attached', `pid ${message.pid}`);
        this.send({ type: 'resize', cols: this.screen.cols, rows: this.screen.rows });
        this.screen.focus();
      } else if (message.type === 'output') {
        this.screen.write(DECODER(message.data));
      } else if (message.type === 'exit') {
        this.end(`The shell ended with ${message.exit_code}.`);
      } else if (message.type === 'error') {
        if (message.fatal) this.end(message.data);
        else this.tell('attached', message.data);
      }
    }

    end(words) {
      this.over = true;
      this.tell('ended', words);
    }

    restart() {
      clearTimeout(this.retry);
      this.over = false;
      this.tag = null;
      this.socket?.close(1000);
      this.screen.reset();
      this.open(this.wanted);
    }

    send(message) {
      if (this.socket?.readyState === WebSocket.OPEN && (this.tag || message.type !== 'input')) this.socket.send(JSON.stringify(message));
    }

    tell(state, words) {
      this.setAttribute('state', state);
      this.dispatchEvent(new CustomEvent('terminal-state', { detail: { state, words } }));
    }
  }
  customElements.define('wrenn-terminal', WrennTerminal);
})();
