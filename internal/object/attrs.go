package object

// Attributes, which are headers and tags, of up to this many bytes stay in the version's row, so that a listing's page stays small and the usual
// object costs no second row.
const attrsInline = 128

// An attributes row begins like every row; what follows is as in a version's row.
func attrsOfRow(value []byte) ([]byte, error) {
	d := decode(value)
	if d.Fail {
		return nil, badRow("headers")
	}
	return d.B, nil
}
