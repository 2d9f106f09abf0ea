import type { session as en } from '../en/session.ts';
import type { Translation } from '../message.ts';

export const session: Translation<typeof en> = {
  'session.signIn': 'Anmelden',
  'session.signInText': 'mit E-Mail-Adresse und Passwort Ihres Benutzers.',
  'session.signInButton': 'Anmelden',
  'session.email': 'E-Mail',
  'session.emailMissing': 'Geben Sie Ihre E-Mail-Adresse ein.',
  'session.password': 'Passwort',
  'session.passwordMissing': 'Geben Sie Ihr Passwort ein.',
  'session.showPassword': 'Passwort zeigen oder verbergen',
  'session.wrong': 'Anmeldung fehlgeschlagen',
  'session.wrongText':
    'E-Mail und Passwort passen nicht zusammen. Prüfen Sie beides; beim Passwort zählen Groß- und Kleinbuchstaben.',
  'session.locked': 'Zu viele Versuche',
  'session.lockedText':
    'Die Anmeldung ist zum Schutz des Kontos angehalten. Warten Sie bis zum nächsten Versuch; der Betreiber des Servers kann das Passwort zurücksetzen.',
  'session.tryIn': 'Nächster Versuch in {time}',
  'session.plain':
    'Diese Verbindung ist nicht verschlüsselt: Wer dazwischen sitzt, kann Ihr Passwort lesen. Benutzen Sie sie nur in einem vertrauten Netz.',
  'session.signOut': 'Abmelden',
  'session.leaveTitle': 'Es wird noch hochgeladen',
  'session.leaveText': {
    one: 'Eine Datei ist noch nicht fertig. Abmelden bricht sie ab.',
    other: '{count} Dateien sind noch nicht fertig. Abmelden bricht sie ab.',
  },
  'session.changePassword': 'Passwort ändern',
  'session.changePasswordText': 'Ihre anderen Sitzungen enden. Zugriffsschlüssel sind nicht betroffen.',
  'session.oldPassword': 'Bisheriges Passwort',
  'session.newPassword': 'Neues Passwort',
  'session.newPasswordAgain': 'Neues Passwort noch einmal',
  'session.passwordRule': { one: 'Mindestens {count} Zeichen', other: 'Mindestens {count} Zeichen' },
  'session.passwordsDiffer': 'Die beiden neuen Passwörter sind verschieden.',
  'session.passwordChanged': 'Passwort geändert',
  'session.passwordChangedText': 'Ihre anderen Sitzungen sind beendet.',
};
