package blackbox

import (
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	storage "github.com/ionos-cloud/sdk-go-object-storage-management"
	cloud "github.com/ionos-cloud/sdk-go/v6"
	"go.yaml.in/yaml/v3"
)

// outsideSubset are operations of the SDKs' services that this server does not have, each with the reason.
var outsideSubset = map[string]string{
	"RequestsGet":      "changes have happened when their call returns: there is no queue to list",
	"RequestsFindById": "a request is its status alone",
}

// The services of the vendor's SDKs that are in the subset.
var vendorServices = []reflect.Type{
	reflect.TypeFor[*cloud.DefaultApiService](), reflect.TypeFor[*cloud.UserManagementApiService](), reflect.TypeFor[*cloud.UserS3KeysApiService](),
	reflect.TypeFor[*cloud.ContractResourcesApiService](), reflect.TypeFor[*cloud.RequestsApiService](),
	reflect.TypeFor[*storage.AccesskeysApiService](), reflect.TypeFor[*storage.RegionsApiService](),
}

// cloudSDK is the Cloud API's SDK, whose operations that for Node has as well.
const cloudSDK = "github.com/ionos-cloud/sdk-go/v6"

// operationsOf are the operations that a service has: its methods but those that execute one.
func operationsOf(service reflect.Type) []string {
	var names []string
	for i := range service.NumMethod() {
		if name := service.Method(i).Name; !strings.HasSuffix(name, "Execute") {
			names = append(names, name)
		}
	}
	return names
}

// TestVendorEveryOperationIsDriven enumerates what the SDKs offer for the subset: tests here and the script for Node call all of it, and
// docs/conformance.md lists it.
func TestVendorEveryOperationIsDriven(t *testing.T) {
	var tests strings.Builder
	for _, file := range must(filepath.Glob("vendor_*_test.go")) {
		tests.Write(must(os.ReadFile(file)))
	}
	node := string(must(os.ReadFile(filepath.Join(root(t), "test", "conformance", "clients", "ionos-node", "flow.mjs"))))
	table := string(must(os.ReadFile(filepath.Join(root(t), "docs", "conformance.md"))))
	for _, service := range vendorServices {
		for _, name := range operationsOf(service) {
			if outsideSubset[name] != "" {
				continue
			}
			if !strings.Contains(tests.String(), "."+name+"(") {
				t.Errorf("no test calls %s of the Go SDK", name)
			}
			lower := strings.ToLower(name[:1]) + name[1:]
			if service.Elem().PkgPath() == cloudSDK && !strings.Contains(node, "."+lower+"(") {
				t.Errorf("the script for Node does not call %s", lower)
			}
			if !strings.Contains(table, "`"+name+"`") {
				t.Errorf("docs/conformance.md does not list %s", name)
			}
		}
	}
}

// schema is what is read of a schema of the OpenAPI documents.
type schema struct {
	Ref         string             `yaml:"$ref"`
	AllOf       []*schema          `yaml:"allOf"`
	Properties  map[string]*schema `yaml:"properties"`
	Items       *schema            `yaml:"items"`
	Required    []string           `yaml:"required"`
	Description string             `yaml:"description"`
	Type        string             `yaml:"type"`
	Enum        []string           `yaml:"enum"`
}

type apiDocument struct {
	Components struct{ Schemas map[string]*schema }
}

// servedDocument reads a served OpenAPI document.
func servedDocument(t *testing.T, s *Server, name string) *apiDocument {
	t.Helper()
	status, body := s.Call(t, "", "", "GET", "/openapi/"+name+".yaml", nil)
	d := &apiDocument{}
	if err := yaml.Unmarshal(body, d); status != 200 || err != nil || len(d.Components.Schemas) == 0 {
		t.Fatalf("GET /openapi/%s.yaml: %d %v", name, status, err)
	}
	return d
}

// flat resolves references and allOf.
func (d *apiDocument) flat(s *schema) *schema {
	for s.Ref != "" {
		s = d.Components.Schemas[strings.TrimPrefix(s.Ref, "#/components/schemas/")]
	}
	if len(s.AllOf) == 0 {
		return s
	}
	out := &schema{Properties: map[string]*schema{}, Required: slices.Clone(s.Required), Description: s.Description}
	for _, part := range append(slices.Clone(s.AllOf), &schema{Properties: s.Properties}) {
		part = d.flat(part)
		for name, p := range part.Properties {
			out.Properties[name] = p
		}
		out.Required = append(out.Required, part.Required...)
		if len(out.Properties) == 0 {
			out.Type, out.Items, out.Enum = part.Type, part.Items, part.Enum
		}
	}
	return out
}

// notHere are fields of the SDKs' models that no answer has, all of them optional, each with the reason.
var notHere = map[string]string{
	"RequestStatusMetadata.targets":        "what a request was about is not kept: its Location answers the change itself",
	"Resource.metadata":                    "there are no data centers, images and the like to share",
	"Resource.entities":                    "the same",
	"ResourceProperties.secAuthProtection": "the same",
}

// neededAll are requests whose model calls everything optional and whose call is refused without it: nobody can be made without a name.
var neededAll = map[string]bool{"UserPropertiesPost": true}

// compare checks a schema against the SDK's model: every field of the model is there under its name and of its type, what the SDK
// requires of answers is required, requests require no more than the SDK sends always, and what is there besides is said to be additive.
func (d *apiDocument) compare(t *testing.T, at string, s *schema, model reflect.Type, request bool) {
	t.Helper()
	s = d.flat(s)
	fields := map[string]bool{}
	for i := range model.NumField() {
		tag, options, _ := strings.Cut(model.Field(i).Tag.Get("json"), ",")
		if name := model.Field(i).Name; tag == "" { // the SDK writes times itself
			tag, options = strings.ToLower(name[:1])+name[1:], "omitempty"
		}
		fields[tag] = true
		p := s.Properties[tag]
		if notHere[model.Name()+"."+tag] != "" {
			continue
		}
		if p == nil {
			t.Errorf("%s has no %s, which the SDK's %s has", at, tag, model.Name())
			continue
		}
		required := slices.Contains(s.Required, tag)
		if must := options != "omitempty"; must && !required && !request {
			t.Errorf("%s.%s is not required; the SDK's model requires it", at, tag)
		} else if request && required && !must && !neededAll[model.Name()] {
			t.Errorf("%s.%s is required; the SDK may leave it out", at, tag)
		}
		d.compareField(t, at+"."+tag, p, model.Field(i).Type, request)
	}
	for name, p := range s.Properties {
		if !fields[name] && !additive.MatchString(d.flat(p).Description) && !additive.MatchString(p.Description) {
			t.Errorf("%s.%s is not in the SDK's %s and is not said to be additive", at, name, model.Name())
		}
	}
}

var additive = regexp.MustCompile(`(?i)^\W?additive`)

func (d *apiDocument) compareField(t *testing.T, at string, p *schema, field reflect.Type, request bool) {
	t.Helper()
	for field.Kind() == reflect.Pointer {
		field = field.Elem()
	}
	p = d.flat(p)
	want := map[reflect.Kind]string{reflect.Bool: "boolean", reflect.Int32: "integer", reflect.Int64: "integer", reflect.String: "string", reflect.Slice: "array"}[field.Kind()]
	if field.Kind() == reflect.Struct && (field.Name() == "IonosTime" || field.Name() == "Time") {
		want = "string"
	}
	switch {
	case want != "" && p.Type != want:
		t.Errorf("%s is of type %q, the SDK's of %s", at, p.Type, want)
	case field.Kind() == reflect.Slice && strings.Contains(at, ".entities."): // references to children, with as much of them as depth asks for
	case field.Kind() == reflect.Slice && p.Items != nil && field.Elem().Kind() == reflect.Struct:
		d.compare(t, at+"[]", p.Items, field.Elem(), request)
	case field.Kind() == reflect.Struct && want == "":
		d.compare(t, at, p, field, request)
	}
}

// TestVendorModelsAreDocumented compares the served documents with the SDKs' models: a client generated from them is like the SDK.
func TestVendorModelsAreDocumented(t *testing.T) {
	s := Start(t, t.TempDir())
	for name, models := range map[string]map[string][2]reflect.Type{ // schema: model of the answer, or of the request
		"cloud": {
			"Info": {reflect.TypeFor[cloud.Info]()}, "Users": {reflect.TypeFor[cloud.Users]()}, "User": {reflect.TypeFor[cloud.User]()},
			"UserPost": {nil, reflect.TypeFor[cloud.UserPost]()}, "UserPut": {nil, reflect.TypeFor[cloud.UserPut]()},
			"Groups": {reflect.TypeFor[cloud.Groups]()}, "Group": {reflect.TypeFor[cloud.Group]()}, "UserGroupPost": {nil, reflect.TypeFor[cloud.UserGroupPost]()},
			"GroupMembers": {reflect.TypeFor[cloud.GroupMembers]()}, "S3Keys": {reflect.TypeFor[cloud.S3Keys]()}, "S3Key": {reflect.TypeFor[cloud.S3Key]()},
			"S3ObjectStorageSSO": {reflect.TypeFor[cloud.S3ObjectStorageSSO]()}, "ResourceGroups": {reflect.TypeFor[cloud.ResourceGroups]()},
			"ResourcesUsers": {reflect.TypeFor[cloud.ResourcesUsers]()}, "Resources": {reflect.TypeFor[cloud.Resources]()}, "GroupShares": {reflect.TypeFor[cloud.GroupShares]()},
			"GroupShare": {reflect.TypeFor[cloud.GroupShare]()}, "Contracts": {reflect.TypeFor[cloud.Contracts]()}, "RequestStatus": {reflect.TypeFor[cloud.RequestStatus]()},
			"Error": {reflect.TypeFor[cloud.Error]()},
		},
		"management": {
			"AccessKeyRead": {reflect.TypeFor[storage.AccessKeyRead]()}, "AccessKeyReadList": {reflect.TypeFor[storage.AccessKeyReadList]()},
			"AccessKeyCreate": {nil, reflect.TypeFor[storage.AccessKeyCreate]()}, "AccessKeyEnsure": {nil, reflect.TypeFor[storage.AccessKeyEnsure]()},
			"RegionRead": {reflect.TypeFor[storage.RegionRead]()}, "RegionReadList": {reflect.TypeFor[storage.RegionReadList]()}, "Error": {reflect.TypeFor[storage.Error]()},
		},
	} {
		d := servedDocument(t, s, name)
		for schemaName, model := range models {
			described := d.Components.Schemas[schemaName]
			switch {
			case described == nil:
				t.Errorf("%s.yaml has no schema %s", name, schemaName)
			case model[0] != nil:
				d.compare(t, schemaName, described, model[0], false)
			default:
				d.compare(t, schemaName, described, model[1], true)
			}
		}
	}
}
