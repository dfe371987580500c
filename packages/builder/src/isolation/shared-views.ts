import { Overlay } from './overlay.ts';
import type { RootView } from './rung.ts';

/** Views that nobody looks at and that stay mounted: a stage is often read several times, and nobody waits for an unmount. */
const KEPT = 16;

interface SharedView {
  readonly overlay: Promise<Overlay>;
  users: number;
}

/** Merged root filesystems that are only read: each is mounted once, and stays until there are too many or the build ends. */
export class SharedViews {
  readonly #newFolder: () => string;
  /** By their layers; those used last come last. */
  readonly #views = new Map<string, SharedView>();

  constructor(newFolder: () => string) {
    this.#newFolder = newFolder;
  }

  /** `lower`: at least one unpacked layer, topmost first. */
  async take(lower: readonly string[]): Promise<RootView> {
    const key = lower.join('\n');
    const view = this.#views.get(key) ?? { overlay: Overlay.mount(this.#newFolder(), lower), users: 0 };
    view.users += 1;
    this.#views.delete(key);
    this.#views.set(key, view);
    try {
      const { target } = await view.overlay;
      return { path: target, [Symbol.asyncDispose]: () => this.#leave(view) };
    } catch (error) {
      if (this.#views.get(key) === view) this.#views.delete(key);
      throw error;
    }
  }

  /** Nothing of them is mounted when this resolves. */
  async removeAll(): Promise<void> {
    const views = [...this.#views.values()];
    this.#views.clear();
    for (const { overlay } of views) await (await overlay.catch(() => undefined))?.unmount();
  }

  async #leave(view: SharedView): Promise<void> {
    view.users -= 1;
    const idle = [...this.#views].filter(([, { users }]) => users === 0);
    const [key, oldest] = idle[0] ?? [];
    if (idle.length <= KEPT || key === undefined) return;
    this.#views.delete(key);
    await (await oldest!.overlay).remove();
  }
}
