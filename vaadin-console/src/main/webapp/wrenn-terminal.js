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
      this.screen = new Terminal({
        fontFamily: getComputedStyle(this).getPropertyValue('--wrenn-mono').trim(), fontSize: 13, lineHeight: 1.25, scrollback: 5000,
        cursorBlink: !this.watching(), disableStdin: this.watching(), convertEol: this.watching(), theme: this.colours(),
      });
      this.recolour = () => { this.screen.options.theme = this.colours(); };
      window.addEventListener('wrenn-scheme', this.recolour);
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

    colours() {
      const colour = window.wrenn.colour;
      return {
        background: colour('--wrenn-surface-0'), foreground: colour('--wrenn-text'), cursor: colour('--wrenn-accent'),
        selectionBackground: colour('--wrenn-surface-3'), green: colour('--wrenn-running'), yellow: colour('--wrenn-paused'),
        blue: colour('--wrenn-busy'), red: colour('--wrenn-error'), black: colour('--wrenn-surface-3'), white: colour('--wrenn-dim'),
        brightGreen: colour('--wrenn-running'), brightYellow: colour('--wrenn-paused'), brightBlue: colour('--wrenn-busy'),
        brightRed: colour('--wrenn-error'), brightBlack: colour('--wrenn-faint'), brightWhite: colour('--wrenn-text'),
      };
    }

    /* Only reads the output of a process that has no terminal. */
    watching() {
      return Boolean(this.wanted?.watch);
    }

    disconnectedCallback() {
      this.watcher?.disconnect();
      window.removeEventListener('wrenn-scheme', this.recolour);
      clearTimeout(this.retry);
      this.leaving = true;
      this.socket?.close(1000);
      this.screen?.dispose();
      this.screen = null;
    }

    fit() {
      if (this.screen && this.offsetParent && this.clientWidth > 0) this.fitter.fit();
    }

    /* wanted: {path, token, memory?, tag?, watch?, start: {cmd, args, user, cwd}} */
    attach(wanted) {
      this.wanted = wanted;
      this.tag = wanted.tag || null;
      if (!this.screen) return;
      this.screen.options.disableStdin = this.watching();
      this.screen.options.convertEol = this.watching();
      this.open(wanted);
    }

    open({ path, token }) {
      this.fit();
      this.tell('connecting', '');
      const scheme = location.protocol === 'https:' ? 'wss:' : 'ws:';
      const socket = new WebSocket(`${scheme}//${location.host}${path}`);
      this.socket = socket;
      socket.onopen = () => {
        socket.send(JSON.stringify({ type: 'auth', token }));
        if (this.watching()) {
          this.screen.reset();
        } else if (this.tag) {
          this.screen.reset();
          socket.send(JSON.stringify({ type: 'connect', tag: this.tag, cols: this.screen.cols, rows: this.screen.rows }));
        } else {
          socket.send(JSON.stringify({
            type: 'start', cols: this.screen.cols, rows: this.screen.rows, envs: { LANG: 'C.UTF-8' }, ...this.wanted.start,
          }));
        }
      };
      socket.onmessage = (event) => this.receive(JSON.parse(event.data));
      socket.onclose = () => {
        if (socket !== this.socket || this.leaving || this.over) return;
        this.tell('detached', 'The connection broke. The process goes on in the capsule; trying again…');
        clearTimeout(this.retry);
        this.retry = setTimeout(() => this.open(this.wanted), Math.min(10000, 500 * 2 ** (this.tries = (this.tries || 0) + 1)));
      };
    }

    receive(message) {
      if (message.type === 'start') {
        this.tries = 0;
        this.tell('attached', `pid ${message.pid}, output only`);
      } else if (message.type === 'stdout' || message.type === 'stderr') {
        this.screen.write(message.data);
      } else if (message.type === 'started') {
        if (message.tag) {
          this.tag = message.tag;
          this.remember(true);
        }
        this.tries = 0;
        this.tell('attached', `pid ${message.pid}`);
        this.send({ type: 'resize', cols: this.screen.cols, rows: this.screen.rows });
        this.screen.focus();
      } else if (message.type === 'output') {
        this.screen.write(DECODER(message.data));
      } else if (message.type === 'exit') {
        this.end(`The ${this.watching() ? 'process' : 'shell'} ended with ${message.exit_code}.`);
      } else if (message.type === 'error') {
        // What is away for a moment is asked again when the server closes this connection.
        if (this.tag && /unavailable$/.test(message.code || '')) this.tell('detached', message.data);
        else if (message.fatal || this.watching()) this.end(message.data);
        else this.tell('attached', message.data);
      }
    }

    end(words) {
      this.over = true;
      this.remember(false);
      this.tell('ended', words);
    }

    /* Shells of this browser tab are found again when the page is loaded anew. */
    remember(lives) {
      if (this.wanted?.memory && this.tag) window.wrenn.terminals(this.wanted.memory, this.tag, lives);
    }

    /* Ends the shell, not only this view of it. */
    kill() {
      this.remember(false);
      this.over = true;
      this.send({ type: 'kill' });
    }

    restart() {
      clearTimeout(this.retry);
      this.over = false;
      this.tag = this.watching() ? this.wanted.tag : null;
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
