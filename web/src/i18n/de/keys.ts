import type { keys as en } from '../en/keys.ts';
import type { Translation } from '../message.ts';

export const keys: Translation<typeof en> = {
  'keys.tab': 'Schlüsselverwaltung',
  'keys.credentials': 'Object-Storage-Zugangsdaten',
  'keys.credentialsHint': 'Geben Sie diese an andere weiter, die Buckets mit Ihnen teilen wollen.',
  'keys.contractUserId': 'Contract User ID',
  'keys.canonicalUserId': 'Canonical User ID',
  'keys.canonicalAbsent': 'Erscheint mit Ihrem ersten Zugriffsschlüssel',
  'keys.accessKeys': 'Zugriffsschlüssel',
  'keys.accessKeysHint': 'Programme unterschreiben ihre Anfragen mit einem Schlüsselpaar.',
  'keys.used': '{n} von {max} Schlüsseln',
  'keys.generate': 'Schlüssel erzeugen',
  'keys.generateConfirm': 'Erzeugen',
  'keys.generateText':
    'Ein neues Schlüsselpaar gibt Programmen Ihre eigenen Rechte im Object Storage. Es ist sofort aktiv.',
  'keys.description': 'Beschreibung (freiwillig)',
  'keys.descriptionHint': 'Wofür der Schlüssel ist, etwa ein Programm oder ein Rechner.',
  'keys.generated': 'Ihr neuer Zugriffsschlüssel',
  'keys.generatedText':
    'Der Schlüssel wurde erzeugt und ist aktiv. Sichern Sie den geheimen Schlüssel jetzt und hüten Sie ihn wie ein Passwort.',
  'keys.noPrivilege':
    'Sie brauchen das Recht „Object Storage verwenden“. Inhaber oder Administratoren des Vertrags können es einer Ihrer Gruppen geben.',
  'keys.limit': {
    one: 'Ein Benutzer kann {count} Schlüssel haben. Löschen Sie ihn, um einen neuen zu erzeugen.',
    other:
      'Ein Benutzer kann {count} Schlüssel haben, aktive und inaktive zusammen. Löschen Sie einen, um einen neuen zu erzeugen.',
  },
  'keys.none': 'Noch kein Zugriffsschlüssel',
  'keys.noneText': 'Erzeugen Sie einen Schlüssel für das erste Programm, das den Object Storage benutzen soll.',
  'keys.noneActive': 'Kein Schlüssel ist aktiv',
  'keys.noneActiveText':
    'Programme erreichen Ihre Buckets erst wieder, wenn ein Schlüssel aktiviert oder erzeugt wird. Diese Konsole funktioniert weiter, und gespeicherte Daten werden weiter abgerechnet.',
  'keys.accessKey': 'Zugriffsschlüssel',
  'keys.secretKey': 'Geheimer Schlüssel',
  'keys.validity': 'Gültig für',
  'keys.validAll': 'Alle Buckets',
  'keys.validUserOwned': 'Nur benutzereigene Buckets',
  'keys.admin': 'ADMIN KEY',
  'keys.created': 'Erstellt',
  'keys.active': 'Aktiv',
  'keys.activeOf': 'Aktiv: {key}',
  'keys.activated': 'Schlüssel aktiviert',
  'keys.deactivated': 'Schlüssel deaktiviert',
  'keys.activateAgain': 'Wieder aktivieren',
  'keys.lastDeactivated': 'Ihr einziger aktiver Schlüssel ist aus',
  'keys.lastDeactivatedText':
    'Programme, die ihn benutzen, werden ab jetzt abgewiesen. Schlüssel und Daten bleiben erhalten; diese Konsole funktioniert weiter.',
  'keys.download': 'Schlüsselpaar herunterladen',
  'keys.downloadOf': 'Schlüsselpaar von {key} herunterladen',
  'keys.pairDownloaded': 'Schlüsselpaar heruntergeladen',
  'keys.deleteOf': 'Schlüssel {key} löschen',
  'keys.deleteTitle': 'Diesen Schlüssel löschen?',
  'keys.deleteText':
    'Jeder Zugriff mit diesem Schlüssel endet sofort und endgültig. Soll er nur ruhen, deaktivieren Sie ihn stattdessen.',
  'keys.deleteOnly':
    'Es ist der einzige Schlüssel. Solange es benutzereigene Buckets gibt, kann er nicht gelöscht werden: Deaktivieren Sie ihn, erzeugen Sie zuerst einen anderen, oder löschen Sie die Buckets.',
  'keys.onlyKeyRefused':
    'Der einzige Schlüssel kann nicht gelöscht werden, solange es Buckets gibt. Deaktivieren Sie ihn stattdessen, erzeugen Sie zuerst einen anderen, oder löschen Sie die Buckets.',
  'keys.deleted': 'Schlüssel gelöscht',
  'keys.programs': 'In einem Programm verwenden',
  'keys.programsOf': 'Schlüssel {key} in einem Programm verwenden',
  'keys.lastUsed': 'Zuletzt benutzt',
  'keys.neverUsed': 'Nie',
  'keys.secretsOnce':
    'Dieser Vertrag zeigt geheime Schlüssel nur einmal, beim Erzeugen. Ist das Geheimnis verloren, erzeugen Sie einen neuen Schlüssel.',
  'keys.programsHint': 'Fertig zum Einfügen; beim Kopieren ist der geheime Schlüssel immer dabei.',
  'keys.region': 'Region',
  'keys.command': 'Befehle',
  'keys.configurationOf': 'Konfiguration für {name}',
  'keys.endpoints': 'Endpunkte',
  'keys.endpointsHint': 'Wo Programme den Object Storage erreichen, und wem die Buckets jeder Region gehören.',
  'keys.bucketType': 'Bucket-Art',
  'keys.endpointUrl': 'Endpunkt-URL',
  'keys.endpointOf': 'Endpunkt-URL von {region}',
  'keys.expires': 'Läuft ab',
  'keys.never': 'Nie',
  'keys.term': 'Gültig',
  'keys.termNever': 'Ohne Ende',
  'keys.termYear': 'Ein Jahr',
  'keys.termDays': { one: '{count} Tag', other: '{count} Tage' },
  'keys.termMost': {
    one: 'So lange der Vertrag erlaubt ({count} Tag)',
    other: 'So lange der Vertrag erlaubt ({count} Tage)',
  },
  'keys.termNeverHint': 'Der Schlüssel gilt, bis ihn jemand deaktiviert oder löscht.',
  'keys.termUntil': 'Ab {day} abgewiesen.',
  'keys.termMaximum': {
    one: 'Der Vertrag erlaubt höchstens {count} Tag.',
    other: 'Der Vertrag erlaubt höchstens {count} Tage.',
  },
};
