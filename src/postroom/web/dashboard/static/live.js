// The stream of a page, which the SSE extension of htmx opens.
"use strict";

// A browser opens six connections to a host, for all tabs together. So a tab that nobody sees gives its stream back. The
// first message of a stream names everything on the page, so nothing is missed.
class SeenStream extends EventTarget {
  #url;
  #source = null;
  #names = new Set();
  #look = () => (document.hidden ? this.#shut() : this.#open());

  constructor(url) {
    super();
    this.#url = url;
    document.addEventListener("visibilitychange", this.#look);
    this.#look();
  }

  get readyState() {
    return this.#source ? this.#source.readyState : EventSource.CONNECTING;
  }

  addEventListener(name, listener) {
    super.addEventListener(name, listener);
    if (!this.#names.has(name)) {
      this.#names.add(name);
      this.#hear(name);
    }
  }

  close() {
    document.removeEventListener("visibilitychange", this.#look);
    this.#shut();
  }

  #open() {
    if (this.#source) return;
    this.#source = new EventSource(this.#url);
    this.#source.onopen = (event) => this.onopen?.(event);
    this.#source.onerror = (event) => {
      // The extension makes another stream in place of one that was refused.
      if (this.readyState === EventSource.CLOSED) document.removeEventListener("visibilitychange", this.#look);
      this.onerror?.(event);
    };
    this.#names.forEach((name) => this.#hear(name));
  }

  #hear(name) {
    this.#source?.addEventListener(name, (event) => this.dispatchEvent(new MessageEvent(name, { data: event.data })));
  }

  #shut() {
    this.#source?.close();
    this.#source = null;
  }
}
htmx.createEventSource = (url) => new SeenStream(url);
