import { asFailure } from '../../api/failure.ts';
import { useT } from '../../i18n/index.tsx';
import { archiveLink, downloadLink, headObject, shareLink } from '../../s3/client.ts';
import type { Entry } from '../../s3/types.ts';
import { copyText } from '../../ui/clipboard.ts';
import { followForm, followLink } from '../../ui/download.ts';
import { explain } from '../../ui/States.tsx';
import { toast } from '../../ui/toasts.tsx';

/** What is done with one object from several places. */
export function useObjectActions(bucket: string) {
  const t = useT();

  async function download(key: string): Promise<void> {
    try {
      // A link that fails would lead away from the page: ask first whether the object may be read.
      await headObject(bucket, key);
      followLink(await downloadLink(bucket, key));
    } catch (error) {
      toast({ kind: 'failed', ...explain(t, asFailure(error)) });
    }
  }

  async function copyLink(key: string): Promise<void> {
    try {
      const link = await shareLink(bucket, key);
      if (await copyText(link))
        toast({ kind: 'done', title: t('objects.linkCopied'), text: t('objects.linkCopiedText') });
      else toast({ kind: 'failed', title: t('ui.copyFailed'), text: t('ui.copyFailedText') });
    } catch (error) {
      toast({ kind: 'failed', ...explain(t, asFailure(error)) });
    }
  }

  /** Has the server put objects, and folders with all that is in them, into one archive. */
  async function downloadZip(entries: Entry[]): Promise<void> {
    try {
      const only = entries.length === 1 ? entries[0] : undefined;
      const base = entries[0]?.key.slice(0, -entries[0].name.length) ?? '';
      const name = only?.name ?? base.split('/').at(-2) ?? bucket;
      const fields = entries.map((one): [string, string] => [one.kind === 'folder' ? 'prefix' : 'key', one.key]);
      followForm(await archiveLink(bucket), [...fields, ['base', base], ['name', name.replace(/\/$/, '')]], () =>
        toast({ kind: 'failed', title: t('objects.zipFailed'), text: t('objects.zipFailedText') }),
      );
      toast({ kind: 'done', title: t('objects.zipStarted'), text: t('objects.zipStartedText') });
    } catch (error) {
      toast({ kind: 'failed', ...explain(t, asFailure(error)) });
    }
  }

  return { download, downloadZip, copyLink };
}
