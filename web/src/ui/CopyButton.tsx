import { ActionIcon, Button, type ButtonProps, Tooltip } from '@mantine/core';
import { IconCheck, IconCopy } from '@tabler/icons-react';
import { useEffect, useState } from 'react';
import { useT } from '../i18n/index.tsx';
import { copyText } from './clipboard.ts';
import { announce } from './live.tsx';
import { toast } from './toasts.tsx';

interface Props {
  value: string;
  /** What is copied, for its accessible name: "Copy Contract User ID". */
  what: string;
  /** Shows the word Copy beside the icon. */
  labelled?: boolean;
  /** Other words for the button. */
  label?: string;
  size?: ButtonProps['size'];
  /** Called once it was copied. */
  onCopied?: () => void;
}

export function CopyButton({ value, what, labelled, label, size = 'compact-sm', onCopied }: Props) {
  const t = useT();
  const [copied, setCopied] = useState(false);

  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), 2500);
    return () => clearTimeout(timer);
  }, [copied]);

  async function copy() {
    if (await copyText(value)) {
      setCopied(true);
      onCopied?.();
      announce(t('ui.copiedWhat', { what }));
    } else {
      toast({ kind: 'failed', title: t('ui.copyFailed'), text: t('ui.copyFailedText') });
    }
  }

  const icon = copied ? <IconCheck size={16} aria-hidden /> : <IconCopy size={16} aria-hidden />;
  const name = t('ui.copyWhat', { what });
  if (labelled) {
    return (
      <Button variant="default" size={size} leftSection={icon} onClick={copy}>
        {copied ? t('ui.copied') : (label ?? t('ui.copy'))}
        {!label && <span className="coffer-offscreen"> {what}</span>}
      </Button>
    );
  }
  return (
    <Tooltip label={copied ? t('ui.copied') : name}>
      <ActionIcon variant="subtle" color="gray" onClick={copy} aria-label={name}>
        {icon}
      </ActionIcon>
    </Tooltip>
  );
}
