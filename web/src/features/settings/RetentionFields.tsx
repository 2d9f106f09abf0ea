import { Group, NativeSelect, Radio, Stack, TextInput } from '@mantine/core';
import { useT } from '../../i18n/index.tsx';
import type { DefaultRetention, LockMode } from '../../s3/types.ts';

/** The longest default retention that S3 knows. */
export const longest = { Days: 36_500, Years: 100 } as const;

/** A default retention while it is typed. */
export interface RetentionDraft {
  mode: 'none' | LockMode;
  count: string;
  unit: 'Days' | 'Years';
}

export function draftOf(retention: DefaultRetention | null): RetentionDraft {
  if (!retention) return { mode: 'none', count: '30', unit: 'Days' };
  return { mode: retention.mode, count: String(retention.count), unit: retention.unit };
}

/** Returns what was typed as a default retention; undefined where the number is none that S3 takes. */
export function retentionOf(draft: RetentionDraft): DefaultRetention | null | undefined {
  if (draft.mode === 'none') return null;
  if (!/^\d{1,5}$/.test(draft.count.trim())) return undefined;
  const count = Number(draft.count);
  if (count < 1 || count > longest[draft.unit]) return undefined;
  return { mode: draft.mode, unit: draft.unit, count };
}

interface Props {
  draft: RetentionDraft;
  onChange: (draft: RetentionDraft) => void;
  /** Whether to say that the number is wrong. */
  tried: boolean;
}

/** For how long new objects are kept, and how strictly; in plain words. */
export function RetentionFields({ draft, onChange, tried }: Props) {
  const t = useT();
  const wrong = retentionOf(draft) === undefined;
  return (
    <Stack gap="sm">
      <Radio.Group
        label={t('set.retention')}
        description={t('set.retentionHint')}
        value={draft.mode}
        onChange={mode => onChange({ ...draft, mode: mode as RetentionDraft['mode'] })}
      >
        <Stack gap="xs" mt="xs">
          <Radio value="none" label={t('set.retentionNone')} description={t('set.retentionNoneHint')} />
          <Radio value="GOVERNANCE" label={t('set.governance')} description={t('set.governanceHint')} />
          <Radio value="COMPLIANCE" label={t('set.compliance')} description={t('set.complianceHint')} />
        </Stack>
      </Radio.Group>
      {draft.mode !== 'none' && (
        <Group align="flex-start" gap="sm">
          <TextInput
            label={t('set.retentionCount')}
            inputMode="numeric"
            w={120}
            value={draft.count}
            onChange={event => onChange({ ...draft, count: event.currentTarget.value })}
            error={tried && wrong && t('set.retentionWrong', { n: longest[draft.unit] })}
          />
          <NativeSelect
            label={t('set.retentionUnit')}
            value={draft.unit}
            onChange={event => onChange({ ...draft, unit: event.currentTarget.value as 'Days' | 'Years' })}
            data={[
              { value: 'Days', label: t('set.days') },
              { value: 'Years', label: t('set.years') },
            ]}
          />
        </Group>
      )}
    </Stack>
  );
}
