import { type DragEvent, type ReactNode, useRef, useState } from 'react';
import { useT } from '../../i18n/index.tsx';
import { transfers } from '../transfers/store.ts';
import classes from './BucketPage.module.css';
import { fromDrop } from './picked.ts';

interface Props {
  bucket: string;
  folder: string;
  className?: string;
  children: ReactNode;
}

/** Takes files and folders dropped anywhere on the list. The picker beside it does the same by keyboard. */
export function DropZone({ bucket, folder, className, children }: Props) {
  const t = useT();
  const [over, setOver] = useState(false);
  const depth = useRef(0);
  const carriesFiles = (event: DragEvent) => event.dataTransfer.types.includes('Files');

  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: dropping is an extra way; the Upload button is the one for all
    <div
      className={className}
      onDragEnter={event => {
        if (!carriesFiles(event)) return;
        event.preventDefault();
        depth.current++;
        setOver(true);
      }}
      onDragOver={event => {
        if (carriesFiles(event)) event.preventDefault();
      }}
      onDragLeave={() => {
        depth.current = Math.max(0, depth.current - 1);
        if (depth.current === 0) setOver(false);
      }}
      onDrop={event => {
        if (!carriesFiles(event)) return;
        event.preventDefault();
        depth.current = 0;
        setOver(false);
        void fromDrop(event.dataTransfer).then(files => transfers.add(bucket, folder, files));
      }}
    >
      {children}
      {over && <div className={classes.veil}>{t('objects.dropHere')}</div>}
    </div>
  );
}
