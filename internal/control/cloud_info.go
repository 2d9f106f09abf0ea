package control

import (
	"net/http"

	"coffer/internal/api/cloud"
)

// ApiInfoGet tells the API's name and version. The vendor's clients ask it to learn whether a credential is good.
func (s *cloudAPI) ApiInfoGet(w http.ResponseWriter, r *http.Request, _ cloud.ApiInfoGetParams) {
	s.write(w, r, http.StatusOK, cloud.Info{Href: s.href(r), Name: "CLOUD API", Version: "6.0"})
}
