// Package iam keeps contracts, users, groups, privileges, access keys, tokens and sessions as typed tables over package meta, and
// answers who a credential is. Every management act asks package authz first. It never knows HTTP, S3 requests or engines.
package iam

import (
	"context"
	"net/netip"
	"time"

	"coffer/internal/authz"
	"coffer/internal/ident"
	"coffer/internal/quota"
)

// Actor is who performs a management act, and from where.
type Actor struct {
	authz.Principal
	Session string // id of the console session or token used, "" for Basic
	// PasswordSet is when the password was set that was sent as Basic; zero where none was.
	PasswordSet time.Time
	// Visitor is who looks into the user's storage in the user's place; "" where it is the user.
	Visitor ident.UserID
	Source  netip.Addr // where from
}

// Contract is a tenant.
type Contract struct {
	ID      ident.ContractID
	Name    string
	Owner   ident.UserID
	Created time.Time
	Settings
}

// Settings of a contract apply to keys made and secrets read from then on.
type Settings struct {
	MaxKeyDays  int  // how long a key is valid at most; 0: as long as one likes, also for ever
	SecretsOnce bool // a secret is shown when it is made, and never again
}

// NewKey is what may be said about a key that is about to be made.
type NewKey struct {
	Description string
	Expires     time.Time // zero: never; where the contract sets a maximum, then that
	Never       bool      // never is meant: refused where the contract sets a maximum
	Validity    authz.Validity
}

// KeyChange is a change of a key: nil and zero keep what is there.
type KeyChange struct {
	Description *string
	Active      *bool
	Expires     time.Time
	Never       bool // it expires no more: refused where the contract sets a maximum
}

// User is a person of a contract.
type User struct {
	ID                  ident.UserID
	Contract            ident.ContractID
	FirstName, LastName string
	Email               ident.Email
	Role                authz.Role
	Active              bool
	ForceSecAuth        bool
	SecAuthActive       bool
	TemporaryPassword   bool              // to be changed at the next sign-in, before anything else
	Canonical           ident.CanonicalID // "" before the first key (K7)
	ObjectStorage       bool              // computed: role or a group's privilege
	ActivityLog         bool              // computed: role or a group's privilege
	Groups              []ident.GroupID
	Created, Modified   time.Time
	CreatedBy           ident.UserID
	ModifiedBy          ident.UserID // "": the operator, or nobody since it was made
	LastLogin           time.Time
	PasswordSet         time.Time
	Revision            uint64 // one more at each change; the base of etags
}

// NewUser is what makes a user. Password follows the password rules: 10 to 128 characters, not among the commonest.
type NewUser struct {
	FirstName, LastName string
	Email               string
	Password            string
	Administrator       bool
	ForceSecAuth        bool
	Inactive            bool // made without being let in
	TemporaryPassword   bool // the user has to choose another one at the first sign-in, before anything else
}

// UserChange is an update of a user: nil keeps what is there at the moment of the update, and so does an empty Password.
type UserChange struct {
	FirstName, LastName *string
	Email               *string
	Password            string
	Administrator       *bool
	ForceSecAuth        *bool
	Active              *bool
	TemporaryPassword   bool // the user has to choose another password at the next sign-in; false with a Password: no longer
}

// Privileges are a group's flags by their name in the Cloud API ("s3Privilege", ...); absent is false.
type Privileges map[string]bool

// ObjectStoragePrivilege is the flag named Use Object Storage in the console (ACCESS_S3_OBJECT_STORAGE).
const ObjectStoragePrivilege = "s3Privilege"

// ActivityLogPrivilege is the flag that lets members read the audit log (ACCESS_ACTIVITY_LOG).
const ActivityLogPrivilege = "accessActivityLog"

// Group is a named set of users with privileges.
type Group struct {
	ID                ident.GroupID
	Contract          ident.ContractID
	Name              string
	Privileges        Privileges
	Created, Modified time.Time
	CreatedBy         ident.UserID
	ModifiedBy        ident.UserID
	Revision          uint64
}

// Key is an access key without its secret.
type Key struct {
	ID                ident.KeyID
	AccessKey         ident.AccessKey
	User              ident.UserID
	Contract          ident.ContractID
	Description       string
	Active            bool
	Validity          authz.Validity
	Administrative    bool // computed: the user is owner or administrator and the key is valid for all buckets (K11)
	Canonical         ident.CanonicalID
	Expires           time.Time // from then on it is refused as if it were not active; zero: never
	Created, Modified time.Time
	CreatedBy         ident.UserID
	ModifiedBy        ident.UserID
	Revision          uint64
}

// KeyPair is a key with its secret: from creation, renewal and the audited read of a secret.
type KeyPair struct {
	Key
	Secret string
}

// MaxKeys is the most keys a user has, active and inactive together (K5).
const MaxKeys = 5

// Session is a console session. Token goes into the cookie; CSRF is sent by the page with every unsafe request.
type Session struct {
	ID      string
	Token   string // only from SignIn
	CSRF    string
	Actor   Actor
	Created time.Time
	Expires time.Time
	// VisitorName is the name of Actor.Visitor.
	VisitorName string
}

// SessionInfo is what may be shown of a console session: nothing with which somebody could take part in it.
type SessionInfo struct {
	ID      string // 32 hexadecimal digits
	Created time.Time
	Seen    time.Time // of the last use that was written down: one is within five minutes of the one before
	Expires time.Time // if nobody uses it
	Source  string    // address that signed in, "" where that is not known
	SeenAt  string    // address of the use at Seen
	Program string    // as the client called itself when it signed in, cut to MaxProgram bytes
	Current bool      // it is the actor's own
	// Visitor looks into the user's storage in this session, and VisitorName is that person's name; "" where the user signed in.
	Visitor     ident.UserID
	VisitorName string
}

// Token is an API token without what it says.
type Token struct {
	ID      string // UUID; the kid of the token's header
	Created time.Time
	Expires time.Time
}

// TokenCriterion says which tokens to delete.
type TokenCriterion string

// The criteria of the Auth API.
const (
	AllTokens     TokenCriterion = "ALL"
	ExpiredTokens TokenCriterion = "EXPIRED"
	CurrentToken  TokenCriterion = "CURRENT" // the one the actor came with
)

// Bounds of tokens (fact sheet, sections 2 and 7).
const (
	MaxTokens   = 100 // of one user
	MinTokenTTL = time.Minute
	MaxTokenTTL = 365 * 24 * time.Hour
)

// Page bounds a listing: Offset rows are left out, at most Limit come.
type Page struct{ Offset, Limit int }

// API is what the edges use. Every method that takes an Actor decides by authz.Evaluate whether it may, and fails with errs.Denied
// if not; NotFound where the existence is secret. Changes are durable, and hold at every endpoint, when the call returns.
type API interface {
	// Contract returns a contract the actor belongs to.
	Contract(ctx context.Context, a Actor, id ident.ContractID) (*Contract, error)
	Contracts(ctx context.Context, a Actor) ([]*Contract, error)
	// UpdateContract changes name and settings.
	UpdateContract(ctx context.Context, a Actor, id ident.ContractID, name string, in Settings) (*Contract, error)
	CreateContract(ctx context.Context, a Actor, name string, owner NewUser) (*Contract, *User, error)

	CreateUser(ctx context.Context, a Actor, c ident.ContractID, in NewUser) (*User, error)
	User(ctx context.Context, a Actor, c ident.ContractID, id ident.UserID) (*User, error)
	Users(ctx context.Context, a Actor, c ident.ContractID, p Page) ([]*User, int, error)
	// CountUsers tells how many users a contract has without reading them.
	CountUsers(ctx context.Context, a Actor, c ident.ContractID) (int, error)
	// Names returns the names of users by id, for records: of those who exist, to those who may read the audit log.
	Names(ctx context.Context, a Actor, c ident.ContractID, ids []ident.UserID) (map[ident.UserID]string, error)
	UpdateUser(ctx context.Context, a Actor, c ident.ContractID, id ident.UserID, in UserChange) (*User, error)
	DeleteUser(ctx context.Context, a Actor, c ident.ContractID, id ident.UserID) error
	// HandOver makes all user-owned buckets of a user another's, and returns how many. errs.Conflict with code NoPrivilege or
	// NoCanonical for somebody who can't own buckets.
	HandOver(ctx context.Context, a Actor, c ident.ContractID, from, to ident.UserID) (int, error)
	// ChangePassword changes the actor's own password and ends the actor's other sessions.
	ChangePassword(ctx context.Context, a Actor, old, new string) error
	// Invite makes an invitation with which a user sets a password of their own, once, within InvitationLife; it replaces an earlier one.
	Invite(ctx context.Context, a Actor, c ident.ContractID, u ident.UserID) (token string, until time.Time, err error)
	// AcceptInvitation sets the password and returns whose it is. errs.Denied with code InvitationOver for one that does not count.
	AcceptInvitation(ctx context.Context, token, password string, source netip.Addr) (ident.Email, error)
	// ResetPassword is for the operator; it returns a generated password where new is "".
	ResetPassword(ctx context.Context, a Actor, mail ident.Email, new string) (string, error)

	CreateGroup(ctx context.Context, a Actor, c ident.ContractID, name string, p Privileges) (*Group, error)
	Group(ctx context.Context, a Actor, c ident.ContractID, id ident.GroupID) (*Group, error)
	Groups(ctx context.Context, a Actor, c ident.ContractID, p Page) ([]*Group, int, error)
	UpdateGroup(ctx context.Context, a Actor, c ident.ContractID, id ident.GroupID, name string, p Privileges) (*Group, error)
	DeleteGroup(ctx context.Context, a Actor, c ident.ContractID, id ident.GroupID) error
	AddMember(ctx context.Context, a Actor, c ident.ContractID, g ident.GroupID, u ident.UserID) error
	RemoveMember(ctx context.Context, a Actor, c ident.ContractID, g ident.GroupID, u ident.UserID) error
	Members(ctx context.Context, a Actor, c ident.ContractID, g ident.GroupID) ([]*User, error)
	// AllMembers is Members of every group that has any, in one reading of the users.
	AllMembers(ctx context.Context, a Actor, c ident.ContractID) (map[ident.GroupID][]*User, error)

	// CreateKey makes a key for user u, active at once; the user's first key gives them a canonical id. errs.Limit for a sixth;
	// errs.Denied with code NoPrivilege where the target lacks the privilege (K4).
	CreateKey(ctx context.Context, a Actor, c ident.ContractID, u ident.UserID, description string) (*KeyPair, error)
	// MakeKey is CreateKey with a choice of expiry.
	MakeKey(ctx context.Context, a Actor, c ident.ContractID, u ident.UserID, in NewKey) (*KeyPair, error)
	Keys(ctx context.Context, a Actor, c ident.ContractID, u ident.UserID) ([]*Key, error)
	// AllKeys lists the keys of every user of the contract, the oldest first; for those who may list its users.
	AllKeys(ctx context.Context, a Actor, c ident.ContractID) ([]*Key, error)
	Key(ctx context.Context, a Actor, c ident.ContractID, id ident.KeyID) (*Key, error)
	KeyByAccessKey(ctx context.Context, a Actor, c ident.ContractID, u ident.UserID, k ident.AccessKey) (*Key, error)
	// KeySecret reads a secret again: errs.Denied with code SecretsOnce where the contract does not want that.
	KeySecret(ctx context.Context, a Actor, c ident.ContractID, id ident.KeyID) (*KeyPair, error)
	// KeySecrets reads the secrets of all keys of a user again, as KeySecret does.
	KeySecrets(ctx context.Context, a Actor, c ident.ContractID, u ident.UserID) ([]*KeyPair, error)
	// SigningKey returns an active key of the actor's own, with which the server signs a link for them. Its secret must not leave the server.
	SigningKey(ctx context.Context, a Actor, access ident.AccessKey) (*KeyPair, error)
	// ChangeKey changes all that is asked for, or nothing: errs.Limit with code KeyExpiry beyond the contract's maximum from now.
	ChangeKey(ctx context.Context, a Actor, c ident.ContractID, id ident.KeyID, in KeyChange) (*Key, error)
	// RenewKey gives the key a new secret; the old one is refused from then on.
	RenewKey(ctx context.Context, a Actor, c ident.ContractID, id ident.KeyID) (*KeyPair, error)
	// EnsureKey makes a key with the given id for the actor, or describes the existing one; errs.Exists if it is somebody else's.
	EnsureKey(ctx context.Context, a Actor, id ident.KeyID, in NewKey) (kp *KeyPair, created bool, err error)
	// DeleteKey removes a key: refused with errs.Conflict and code LastKey for the only key of a user who owns user-owned buckets (K16).
	DeleteKey(ctx context.Context, a Actor, c ident.ContractID, id ident.KeyID) error
	// ImportKey is for the operator: a key with a given access key (16 to 128 characters) and secret.
	ImportKey(ctx context.Context, a Actor, c ident.ContractID, u ident.UserID, k ident.AccessKey, secret string, in NewKey) (*Key, error)

	// Login checks mail and password, with lockout by mail and rate limit by source; errs.Unauthenticated says nothing of which was
	// wrong, errs.Busy that it is tried too often. A verified pair is remembered for 60 s.
	Login(ctx context.Context, mail, password string, source netip.Addr) (Actor, error)
	SignIn(ctx context.Context, mail, password string, source netip.Addr) (*Session, error)
	// SignInWithCode is SignIn with the code of the second factor, or a recovery code. SignIn fails with code SecondFactor where one is needed.
	SignInWithCode(ctx context.Context, mail, password, code string, source netip.Addr) (*Session, error)
	// OpenStorage makes a link with which its holder looks into a user's storage, once and within VisitLinkLife; Visit begins the session.
	OpenStorage(ctx context.Context, a Actor, c ident.ContractID, u ident.UserID) (token string, until time.Time, err error)
	// Visit begins a session of the user in which only their storage can be used. errs.Denied with code VisitOver for a link that does not count.
	Visit(ctx context.Context, token string, source netip.Addr) (*Session, error)
	Session(ctx context.Context, token string, source netip.Addr) (*Session, error)
	SignOut(ctx context.Context, id string) error
	// Sessions lists the console sessions of a user, the one used last first.
	Sessions(ctx context.Context, a Actor, c ident.ContractID, u ident.UserID) ([]*SessionInfo, error)
	// EndSession ends one session of a user by SessionInfo.ID; errs.NotFound where there is none.
	EndSession(ctx context.Context, a Actor, c ident.ContractID, u ident.UserID, id string) error
	// EndSessions ends all sessions of a user but the one that the actor came with, and returns how many there were.
	EndSessions(ctx context.Context, a Actor, c ident.ContractID, u ident.UserID) (int, error)
	// OperatorActor answers for the content of operator.token.
	OperatorActor(ctx context.Context, token string, source netip.Addr) (Actor, error)
	// SignInOperator begins a console session of the operator with the content of operator.token; it ends at OperatorLife, unused after
	// OperatorIdle, and when the file's content changes. Session and SignOut know it as they know users' sessions.
	SignInOperator(ctx context.Context, token string, source netip.Addr) (*Session, error)

	// BeginSecondFactor makes the secret of the actor's own second factor; it counts once ConfirmSecondFactor was given a code of it,
	// which returns the recovery codes, this once. A user of whom it is required can't switch it off, and may nothing else before it
	// is set up: errs.Denied with code SecondFactorRequired.
	BeginSecondFactor(ctx context.Context, a Actor) (*Enrolment, error)
	ConfirmSecondFactor(ctx context.Context, a Actor, code string) ([]string, error)
	DisableSecondFactor(ctx context.Context, a Actor, code string) error
	// ResetSecondFactor removes it from a user who lost it.
	ResetSecondFactor(ctx context.Context, a Actor, c ident.ContractID, u ident.UserID) error

	// GenerateToken makes a bearer token of the actor's own that lives for ttl (0: a year) and returns it, this once. errs.Limit for the 101st.
	GenerateToken(ctx context.Context, a Actor, ttl time.Duration) (string, *Token, error)
	// Tokens lists the actor's own tokens, the oldest first, those that expired too until they are removed.
	Tokens(ctx context.Context, a Actor) ([]*Token, error)
	Token(ctx context.Context, a Actor, id string) (*Token, error)
	DeleteToken(ctx context.Context, a Actor, id string) error
	// DeleteTokens removes the actor's own tokens that the criterion names and returns how many there were.
	DeleteTokens(ctx context.Context, a Actor, which TokenCriterion) (int, error)
	// TokenActor answers for a bearer token. errs.Unauthenticated for any that does not count.
	TokenActor(ctx context.Context, token string, source netip.Addr) (Actor, error)

	// Quota returns the limit of a contract, user or bucket; it is zero where none is set. Users may read their own.
	Quota(ctx context.Context, a Actor, c ident.ContractID, on QuotaSubject) (*Quota, error)
	// Quotas lists every limit of a contract.
	Quotas(ctx context.Context, a Actor, c ident.ContractID) ([]*Quota, error)
	// SetQuota sets a limit, or removes a zero one. It binds writes that begin afterwards; only the operator sets a contract's.
	SetQuota(ctx context.Context, a Actor, c ident.ContractID, on QuotaSubject, l quota.Limit) (*Quota, error)

	// May decides about an act on a user, or on the contract where u is "", that another room performs.
	May(ctx context.Context, a Actor, act authz.Action, c ident.ContractID, u ident.UserID) error

	// MaySystem decides about an act on the system, which belongs to no contract.
	MaySystem(ctx context.Context, a Actor, act authz.Action) error

	// Identify returns who signs with an access key: a key, or a session's own credential. errs.Unauthenticated with code
	// InvalidAccessKeyId for an unknown, inactive or deleted one, and one whose user lost the privilege. Cached: no I/O for a key in use.
	Identify(ctx context.Context, k ident.AccessKey) (*Identity, error)
	// SessionCredential returns the credential with which the server signs a console session's transfers.
	SessionCredential(ctx context.Context, s *Session) (ident.AccessKey, string, error)
}

// Clock tells the time; tests set it.
type Clock func() time.Time
