import { useEffect, useRef, useState } from 'react';
import { hurts, SLEEP_MS, TUNNEL_MS, type Hurt } from '../frames.ts';
import { command } from './command.ts';
import { mayCommand } from './connection.ts';
import type { Note } from './log.ts';
import { pretend } from './world.ts';

const faces: Readonly<Record<Hurt, { readonly name: string; readonly glyph: string }>> = {
  cut: { name: 'Cut the cable', glyph: 'M1 10H7M13 10H19M8 5L12 15M12 5L8 15' },
  halfOpen: { name: 'Half-open', glyph: 'M1 10H8M8 5V15M12 7A4 4 0 0 1 12 13M14.5 4.5A7 7 0 0 1 14.5 15.5' },
  slow: { name: 'Slow line', glyph: 'M10 3A7 7 0 1 0 10.01 3M10 6V10L13 12' },
  refuse: { name: 'Refuse for 10 s', glyph: 'M10 3A7 7 0 1 0 10.01 3M5 5L15 15' },
  restart: { name: 'Restart the server', glyph: 'M15.5 6.5A6.5 6.5 0 1 0 16.5 11M16 2V6.5H11.5' },
  close: { name: 'Close with 1011', glyph: 'M4 4H16V16H4ZM7.5 7.5L12.5 12.5M12.5 7.5L7.5 12.5' },
  sleep: { name: 'Sleep the laptop', glyph: 'M15.5 12.5A6.5 6.5 0 1 1 8 3.5A5.5 5.5 0 0 0 15.5 12.5Z' },
  tunnel: { name: 'Train tunnel', glyph: 'M2 17V10A8 8 0 0 1 18 10V17M6 17V11A4 4 0 0 1 14 11V17' },
};

/** Where the browser keeps whether digits are shortcuts. Those who speak to their computer may want none: WCAG 2.1, 2.1.4. */
const KEYS = 'keys';

/** What the world does to a connection, on keys 1 to 8. */
export function HurtIt({ note }: { readonly note: Note }) {
  const [hasHurt, setHasHurt] = useState(false);
  const [hasKeys, setHasKeys] = useState(() => localStorage.getItem(KEYS) !== 'off');
  const hurt = (how: Hurt): void => {
    setHasHurt(true);
    note('hurt', faces[how].name);
    pretendFor(how);
    void command('/hurt', { how }, note);
  };
  const newest = useRef(hurt);
  useEffect(() => void (newest.current = hurt));
  useEffect(() => {
    localStorage.setItem(KEYS, hasKeys ? 'on' : 'off');
    if (!hasKeys || !mayCommand) return undefined;
    const press = (event: KeyboardEvent): void => {
      const how = hurts[Number(event.key) - 1];
      // In a list digits choose.
      const isChoosing = event.target instanceof HTMLSelectElement;
      const isElsewhere = isChoosing || event.ctrlKey || event.metaKey || event.altKey || event.repeat;
      if (how !== undefined && !isElsewhere) newest.current(how);
    };
    window.addEventListener('keydown', press);
    return () => window.removeEventListener('keydown', press);
  }, [hasKeys]);
  return (
    <section className="hurt" aria-labelledby="hurt">
      <div className="heading">
        <h2 id="hurt">Hurt it</h2>
        <label>
          <input type="checkbox" checked={hasKeys} onChange={({ target }) => setHasKeys(target.checked)} /> Keys 1 to 8
        </label>
      </div>
      {!mayCommand && <p>Not from this address: open the one that npm start has printed.</p>}
      <ol>
        {hurts.map((how, i) => (
          <li key={how}>
            <button
              type="button"
              disabled={!mayCommand}
              className={how === 'cut' && !hasHurt && mayCommand ? 'first' : undefined}
              aria-keyshortcuts={hasKeys ? String(i + 1) : undefined}
              onClick={() => hurt(how)}
            >
              <svg width="20" height="20" viewBox="0 0 20 20" aria-hidden="true">
                <path d={faces[how].glyph} />
              </svg>
              <span>{faces[how].name}</span>
              {hasKeys && <kbd aria-hidden="true">{i + 1}</kbd>}
            </button>
          </li>
        ))}
      </ol>
    </section>
  );
}

/** What the browser would say of it. */
function pretendFor(how: Hurt): void {
  if (how === 'sleep') setTimeout(() => pretend('page.resumed'), SLEEP_MS);
  if (how !== 'tunnel') return;
  pretend('network.offline');
  setTimeout(() => pretend('network.online'), TUNNEL_MS);
}
