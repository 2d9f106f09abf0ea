import { asFailure } from '../../api/failure.ts';
import { useT } from '../../i18n/index.tsx';
import { downloadLink, headObject, shareLink } from '../../s3/client.ts';
import { copyText } from '../../ui/clipboard.ts';
import { followLink } from '../../ui/download.ts';
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

  return { download, copyLink };
}
