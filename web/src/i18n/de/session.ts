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
  'session.code': 'Code',
  'session.codeHint': 'Sechs Ziffern aus Ihrer Authenticator-App oder einer Ihrer Wiederherstellungscodes.',
  'session.codeWrong': 'Der Code stimmt nicht',
  'session.codeWrongText':
    'Ein Code gilt eine halbe Minute und nur einmal. Warten Sie auf den nächsten, oder nehmen Sie einen Wiederherstellungscode.',
  'session.factor': 'Zweiter Faktor',
  'session.factorText':
    'Scannen Sie das mit einer Authenticator-App, oder tippen Sie das Geheimnis ein. Danach fragt die Anmeldung nach ihrem Code, und Programme melden sich mit Tokens an.',
  'session.factorQr': 'QR-Code für die Authenticator-App',
  'session.factorSecret': 'Geheimnis',
  'session.factorConfirm': 'Einschalten',
  'session.factorOn': 'Der zweite Faktor ist an',
  'session.factorIsOn': 'Der zweite Faktor ist an: Die Anmeldung fragt nach einem Code.',
  'session.factorOff': 'Der zweite Faktor ist aus',
  'session.factorDisable': 'Ausschalten',
  'session.factorRequired': 'Die Administration verlangt ihn von Ihnen, daher lässt er sich hier nicht ausschalten.',
  'session.factorMust': 'Die Administration verlangt ihn von Ihnen. Richten Sie ihn ein, um fortzufahren.',
  'session.recoveryText':
    'Bewahren Sie diese Wiederherstellungscodes dort auf, wo Sie Passwörter aufbewahren: Jeder meldet Sie einmal an, wenn die App verloren ist. Sie sind nur jetzt zu sehen.',
  'session.recoveryCodes': 'Wiederherstellungscodes',
  'session.recoveryKept': 'Ich habe sie aufbewahrt',
  'session.passwordMust':
    'Sie haben sich mit einem vorläufigen Passwort angemeldet. Wählen Sie ein eigenes, um fortzufahren.',
  'session.invited': 'Passwort wählen',
  'session.invitedText': 'Sie wurden eingeladen. Wählen Sie ein Passwort, und melden Sie sich dann damit an.',
  'session.invitedSet': 'Passwort setzen',
  'session.invitedDone': 'Ihr Passwort ist gesetzt',
  'visit.title': 'Speicher eines anderen Benutzers',
  'visit.banner': 'Sie sehen den Speicher von {user}, angemeldet als Administrator {visitor}.',
  'visit.end': 'Besuch beenden',
  'visit.over': 'Der Link gilt nicht mehr',
  'visit.overText':
    'Er gilt einmal und eine Minute lang. Öffnen Sie den Speicher auf der Seite des Benutzers noch einmal.',
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
