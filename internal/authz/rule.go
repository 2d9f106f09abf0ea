package authz

// Rule names the rule that decided.
type Rule string
