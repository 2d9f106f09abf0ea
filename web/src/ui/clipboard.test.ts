import { afterEach, expect, test, vi } from 'vitest';
import { copyText } from './clipboard.ts';

afterEach(() => {
  vi.unstubAllGlobals();
  document.body.innerHTML = '';
});

test('without the clipboard interface the older command copies, inside an open dialog, and the focus returns', async () => {
  vi.stubGlobal('isSecureContext', false);
  document.body.innerHTML = '<div role="dialog"><button>Copy</button></div>';
  const button = document.querySelector('button') as HTMLButtonElement;
  button.focus();
  let copied = '';
  let inDialog = false;
  document.execCommand = () => {
    const area = document.activeElement as HTMLTextAreaElement;
    copied = area.value;
    inDialog = area.closest('[role=dialog]') !== null;
    return true;
  };
  expect(await copyText('text\nof two lines')).toBe(true);
  expect({ copied, inDialog, left: document.querySelector('textarea') }).toEqual({
    copied: 'text\nof two lines',
    inDialog: true,
    left: null,
  });
  expect(document.activeElement).toBe(button);
});

test('a browser that refuses both ways is told as such', async () => {
  vi.stubGlobal('isSecureContext', true);
  vi.stubGlobal('navigator', { clipboard: { writeText: () => Promise.reject(new Error('denied')) } });
  document.execCommand = () => {
    throw new Error('no');
  };
  expect(await copyText('x')).toBe(false);
  expect(document.querySelector('textarea')).toBeNull();
});
