import type { metadata as en } from '../en/metadata.ts';
import type { Translation } from '../message.ts';

export const metadata: Translation<typeof en> = {
  'meta.text':
    'Speichern legt das Objekt neu ab, mit gleichem Inhalt und gleichen Tags. Seine Zugriffsliste wird die vorgegebene.',
  'meta.textVersions':
    'Speichern legt das Objekt als weitere Version neu ab, mit gleichem Inhalt und gleichen Tags; diese bleibt im Verlauf. Die Zugriffsliste der neuen Version ist die vorgegebene.',
  'meta.tooLarge':
    'Nur Objekte bis {size} lassen sich in einem Schritt neu ablegen. Laden Sie es stattdessen mit anderen Metadaten noch einmal hoch.',
  'meta.header.content-type': 'Typ',
  'meta.header.cache-control': 'Wie lange Browser es behalten',
  'meta.header.content-disposition': 'Gezeigt oder gespeichert',
  'meta.header.content-encoding': 'Kodierung',
  'meta.header.content-language': 'Sprache',
  'meta.own': 'Eigene Metadaten',
  'meta.name': 'Name',
  'meta.value': 'Wert',
  'meta.add': 'Metadaten hinzufügen',
  'meta.remove': 'Metadaten {name} entfernen',
  'meta.saved': 'Metadaten gespeichert',
  'meta.size': '{n} von {max} Bytes',
  'meta.fault.empty': 'Geben Sie einen Namen ein.',
  'meta.fault.twice': 'Diesen Namen gibt es zweimal.',
  'meta.fault.name': 'Verwenden Sie Buchstaben ohne Umlaute, Ziffern, Punkt, Bindestrich und Unterstrich.',
  'meta.fault.value': 'Verwenden Sie nur Buchstaben ohne Umlaute, Ziffern und Zeichen (ASCII).',
  'meta.fault.long': 'Alle Namen und Werte zusammen haben zu viele Bytes.',
};
