package iam

import (
	"slices"
	"strings"

	"coffer/internal/errs"
)

// privilegeNames are the flags of a group in the Cloud API, in its order. All are kept; s3Privilege and accessActivityLog mean something
// here, the others are about products that this server does not have.
var privilegeNames = [...]string{
	"createDataCenter", "createSnapshot", "reserveIp", ActivityLogPrivilege, "createPcc", ObjectStoragePrivilege, "createBackupUnit",
	"createInternetAccess", "createK8sCluster", "createFlowLog", "accessAndManageMonitoring", "accessAndManageCertificates",
	"manageDBaaS", "accessAndManageDns", "manageRegistry", "manageDataplatform", "accessAndManageLogging", "accessAndManageCdn",
	"accessAndManageVpn", "accessAndManageApiGateway", "accessAndManageKaas", "accessAndManageNetworkFileStorage",
	"accessAndManageAiModelHub", "accessAndManageIamResources", "createNetworkSecurityGroups",
}

// PrivilegeNames lists the flags that a group may have, in the order of the Cloud API.
func PrivilegeNames() []string { return slices.Clone(privilegeNames[:]) }

// set returns the names of the flags that are true, in the order of the Cloud API. errs.Invalid for a name that is none.
func (p Privileges) set() ([]string, error) {
	var on []string
	for _, n := range privilegeNames {
		if p[n] {
			on = append(on, n)
		}
	}
	for n := range p {
		if !slices.Contains(privilegeNames[:], n) {
			return nil, invalid("There is no privilege of that name; the privileges are " + strings.Join(privilegeNames[:], ", ") + ".")
		}
	}
	return on, nil
}

// privileges returns every flag with its value.
func privileges(on []string) Privileges {
	p := make(Privileges, len(privilegeNames))
	for _, n := range privilegeNames {
		p[n] = slices.Contains(on, n)
	}
	return p
}

func invalid(public string) error { return errs.New(errs.Invalid, "", public) }
