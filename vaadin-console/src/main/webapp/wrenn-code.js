/* The text of a file: shown with its syntax, or edited. And text that grows at its end. */
(() => {
  const TAB = '  ';

  class WrennCode extends HTMLElement {
    /* language: a name or file ending that the highlighter may know */
    show(text, language) {
      this.original = text;
      this.language = window.hljs?.getLanguage(language) ? language : null;
      this.editing = false;
      this.view();
    }

    view() {
      const lines = document.createElement('div');
      lines.className = 'code-lines';
      lines.setAttribute('aria-hidden', 'true');
      const count = this.original.split('\n').length - (this.original.endsWith('\n') ? 1 : 0);
      lines.textContent = Array.from({ length: Math.max(1, count) }, (_, i) => i + 1).join('\n');
      const pre = document.createElement('pre');
      pre.tabIndex = 0;
      const code = document.createElement('code');
      // The highlighter escapes what it is given; without a language the text stays text.
      if (this.language && this.original.length < 200000) code.innerHTML = window.hljs.highlight(this.original, { language: this.language, ignoreIllegals: true }).value;
      else code.textContent = this.original;
      pre.append(code);
      this.replaceChildren(lines, pre);
    }

    edit() {
      this.editing = true;
      this.area = document.createElement('textarea');
      this.area.value = this.original;
      this.area.spellcheck = false;
      this.area.setAttribute('aria-label', 'Content of the file');
      this.area.onkeydown = (event) => {
        if (event.key === 'Tab' && !event.shiftKey && !event.ctrlKey && !event.altKey && !this.leave) {
          event.preventDefault();
          this.area.setRangeText(TAB, this.area.selectionStart, this.area.selectionEnd, 'end');
        } else if (event.key === 'Escape') {
          // The next Tab moves on, so that no keyboard is caught here.
          this.leave = true;
          event.stopPropagation();
        } else if (event.key === 's' && (event.ctrlKey || event.metaKey)) {
          event.preventDefault();
          this.dispatchEvent(new CustomEvent('code-save'));
        } else if (event.key.length === 1) this.leave = false;
      };
      this.replaceChildren(this.area);
      this.area.focus();
      this.area.setSelectionRange(0, 0);
    }

    text() {
      return this.editing ? this.area.value : this.original;
    }
  }

  class WrennLog extends HTMLElement {
    show(text) {
      if (!this.pre) {
        this.pre = document.createElement('pre');
        this.pre.tabIndex = 0;
        this.append(this.pre);
      }
      if (this.pre.textContent === text) return;
      const end = this.pre.scrollHeight - this.pre.scrollTop - this.pre.clientHeight < 24;
      this.pre.textContent = text;
      if (end) this.pre.scrollTop = this.pre.scrollHeight;
    }
  }
  customElements.define('wrenn-code', WrennCode);
  customElements.define('wrenn-log', WrennLog);
})();
