import {
  ActionIcon,
  Alert,
  Button,
  Checkbox,
  NativeSelect,
  Radio,
  Stack,
  Text,
  TextInput,
  Tooltip,
} from '@mantine/core';
import { IconPlus, IconTrash } from '@tabler/icons-react';
import { isEverything, meant } from './actions.ts';
import { type Place, reach } from './model.ts';
import { usePolicyWords } from './people.ts';
import classes from './policy.module.css';
import { Faults, type PartProps } from './StatementEditor.tsx';

type Named = Exclude<Place, { kind: 'all' }>;
const isNamed = (place: Place): place is Named => place.kind !== 'all';

/** Where a statement holds. */
export function WhereField({ model, change, faults }: PartProps) {
  const t = usePolicyWords();
  const { bucket, sureBucket, files } = reach(model.actions);
  const whole = model.places.some(place => place.kind === 'all');
  const named = model.places.filter(isNamed);
  const lists = model.actions.some(name => !isEverything(name) && meant(name).includes('s3:ListBucket'));
  const onlyBucket = bucket && !files && named.every(place => place.kind !== 'other');
  return (
    <fieldset className={classes.part}>
      <legend>{t('policy.where')}</legend>
      {onlyBucket ? (
        <Text size="sm">{t('policy.bucketOnly')}</Text>
      ) : (
        <Radio.Group
          aria-label={t('policy.where')}
          value={whole ? 'whole' : named.length > 0 ? 'places' : ''}
          onChange={value => change({ places: value === 'whole' ? [{ kind: 'all' }] : [{ kind: 'folder', text: '' }] })}
        >
          <Stack gap="sm">
            <Radio value="whole" label={t('policy.whole')} />
            <Radio value="places" label={t('policy.places')} />
          </Stack>
        </Radio.Group>
      )}
      {!onlyBucket && !whole && named.length > 0 && <Places places={named} change={places => change({ places })} />}
      {bucket && !sureBucket && (
        <Checkbox
          label={t('policy.bucketToo')}
          checked={model.bucket}
          onChange={event => change({ bucket: event.currentTarget.checked })}
        />
      )}
      {lists && files && !whole && named.length > 0 && (
        <Alert color="brass" role="note">
          {t('policy.listWhole')}
        </Alert>
      )}
      <Faults faults={faults} />
    </fieldset>
  );
}

function Places({ places, change }: { places: Named[]; change: (places: Named[]) => void }) {
  const t = usePolicyWords();
  const edit = (index: number, place: Named) => change(places.with(index, place));
  const placeholders = { folder: 'photos/', file: 'photos/summer.jpg', other: 'arn:aws:s3:::…/*.jpg' };
  return (
    <>
      {places.map((place, index) => {
        const n = index + 1;
        return (
          // biome-ignore lint/suspicious/noArrayIndexKey: places have no other identity than their order
          <div key={index} className={classes.place}>
            <NativeSelect
              aria-label={t('policy.placeKind', { n })}
              value={place.kind}
              onChange={event => edit(index, { ...place, kind: event.currentTarget.value as Named['kind'] })}
              data={(['folder', 'file', 'other'] as const).map(kind => ({
                value: kind,
                label: t(`policy.place.${kind}`),
              }))}
            />
            <TextInput
              aria-label={t('policy.place', { n })}
              placeholder={placeholders[place.kind]}
              value={place.text}
              spellCheck={false}
              autoCapitalize="none"
              onChange={event => edit(index, { ...place, text: event.currentTarget.value })}
            />
            <Tooltip label={t('policy.placeRemove', { n })}>
              <ActionIcon
                variant="subtle"
                color="gray"
                size="lg"
                aria-label={t('policy.placeRemove', { n })}
                disabled={places.length === 1}
                onClick={() => change(places.filter((_, other) => other !== index))}
              >
                <IconTrash size={18} aria-hidden />
              </ActionIcon>
            </Tooltip>
          </div>
        );
      })}
      <div>
        <Button
          variant="subtle"
          size="compact-sm"
          leftSection={<IconPlus size={16} aria-hidden />}
          onClick={() => change([...places, { kind: 'folder', text: '' }])}
        >
          {t('policy.placeAdd')}
        </Button>
      </div>
    </>
  );
}
