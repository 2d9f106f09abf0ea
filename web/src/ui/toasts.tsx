import { Button, Notification } from '@mantine/core';
import { IconAlertTriangle, IconCheck, IconInfoCircle } from '@tabler/icons-react';
import { useSyncExternalStore } from 'react';
import { useT } from '../i18n/index.tsx';
import classes from './toasts.module.css';

export interface Toast {
  kind: 'done' | 'failed' | 'note';
  title: string;
  text?: string;
  action?: { label: string; run: () => void };
}

interface Shown extends Toast {
  id: number;
}

/** Milliseconds for which a message without an action stays. */
const stay = 6000;

let shown: Shown[] = [];
let lastId = 0;
const listeners = new Set<() => void>();

function change(next: Shown[]): void {
  shown = next;
  for (const listener of listeners) listener();
}

function close(id: number): void {
  change(shown.filter(toast => toast.id !== id));
}

/** Shows a message in the corner. Never put a secret into one. */
export function toast(message: Toast): void {
  const id = ++lastId;
  change([...shown.slice(-3), { ...message, id }]);
  if (message.kind === 'done' && !message.action) setTimeout(() => close(id), stay);
  else if (message.action) setTimeout(() => close(id), stay * 3);
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

const looks = {
  done: { color: 'teal', icon: <IconCheck size={18} /> },
  failed: { color: 'red', icon: <IconAlertTriangle size={18} /> },
  note: { color: 'tide', icon: <IconInfoCircle size={18} /> },
};

export function Toasts() {
  const t = useT();
  const all = useSyncExternalStore(subscribe, () => shown);
  return (
    <section className={classes.corner} aria-label={t('ui.notifications')} aria-live="polite">
      {all.map(({ id, kind, title, text, action }) => (
        <Notification
          key={id}
          withBorder
          title={title}
          color={looks[kind].color}
          icon={looks[kind].icon}
          // The corner itself is spoken politely; only failures interrupt.
          role={kind === 'failed' ? 'alert' : 'group'}
          onClose={() => close(id)}
          closeButtonProps={{ 'aria-label': t('ui.close') }}
        >
          {text}
          {action && (
            <div>
              <Button
                size="compact-sm"
                variant="light"
                mt={6}
                onClick={() => {
                  close(id);
                  action.run();
                }}
              >
                {action.label}
              </Button>
            </div>
          )}
        </Notification>
      ))}
    </section>
  );
}
