import { Overlay } from './overlay.ts';
import type { RootView } from './rung.ts';

/**
 * How long a view stays mounted that nobody looks at: the next step often looks at the same one, and the mount of a RUN right behind it
 * does not wait for an unmount.
 */
const IDLE_MS = 100;

interface SharedView {
  readonly overlay: Promise<Overlay>;
  users: number;
  idle?: NodeJS.Timeout;
}

/** Merged root filesystems that are only read: each is mounted once for all who look at it at the same time, or soon after. */
export class SharedViews {
  readonly #newFolder: () => string;
  /** By their layers. */
  readonly #views = new Map<string, SharedView>();
  readonly #removals = new Set<Promise<void>>();

  constructor(newFolder: () => string) {
    this.#newFolder = newFolder;
  }

  /** `lower`: at least one unpacked layer, topmost first. */
  async take(lower: readonly string[]): Promise<RootView> {
    const key = lower.join('\n');
    const view = this.#views.get(key) ?? { overlay: Overlay.mount(this.#newFolder(), lower), users: 0 };
    this.#views.set(key, view);
    view.users += 1;
    clearTimeout(view.idle);
    try {
      const { target } = await view.overlay;
      return { path: target, [Symbol.asyncDispose]: async () => this.#leave(key, view) };
    } catch (error) {
      if (this.#views.get(key) === view) this.#views.delete(key);
      throw error;
    }
  }

  /** Nothing of them is mounted when this resolves. */
  async removeAll(): Promise<void> {
    for (const [key, view] of this.#views) this.#remove(key, view);
    await Promise.all(this.#removals);
  }

  #leave(key: string, view: SharedView): void {
    view.users -= 1;
    if (view.users === 0) view.idle = setTimeout(() => this.#remove(key, view), IDLE_MS);
  }

  #remove(key: string, view: SharedView): void {
    clearTimeout(view.idle);
    this.#views.delete(key);
    const removal = view.overlay
      .catch(() => undefined) // Whoever wanted to look was told.
      .then((overlay) => overlay?.remove());
    this.#removals.add(removal);
    removal.catch(() => {}); // Told at the end.
  }
}
