import { crc32OfBlob } from '../../s3/crc32.ts';

interface Question {
  id: number;
  data: Blob;
}

self.onmessage = async (event: MessageEvent<Question>) => {
  const { id, data } = event.data;
  try {
    postMessage({ id, sum: await crc32OfBlob(data) });
  } catch (error) {
    postMessage({ id, unreadable: error instanceof Error ? error.message : String(error) });
  }
};
