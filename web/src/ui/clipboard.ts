/**
 * Copies text and says whether it worked. Browsers offer the clipboard interface only to pages that came encrypted or from the same
 * machine; over plain HTTP from another machine the older command still works. The text field for it is put inside an open
 * dialog, which would otherwise pull the focus back and lose the selection.
 */
export async function copyText(text: string): Promise<boolean> {
  if (window.isSecureContext && navigator.clipboard) {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch {
      // Refused by a setting of the browser: the command below may still work.
    }
  }
  return copyByCommand(text);
}

function copyByCommand(text: string): boolean {
  const before = document.activeElement instanceof HTMLElement ? document.activeElement : null;
  const host = before?.closest('[role="dialog"]') ?? document.body;
  const area = document.createElement('textarea');
  area.value = text;
  area.readOnly = true;
  area.setAttribute('aria-hidden', 'true');
  area.className = 'coffer-offscreen';
  host.append(area);
  area.focus({ preventScroll: true });
  area.select();
  area.setSelectionRange(0, text.length);
  let done = false;
  try {
    done = document.execCommand('copy');
  } catch {
    done = false;
  }
  area.remove();
  before?.focus({ preventScroll: true });
  return done;
}
