package gateway

import (
	"errors"

	"github.com/seawall-project/seawall"
)

// ErrBodyTooLarge is what reading an [Exchange]'s body returns once the client has sent more than the engine's limit.
var ErrBodyTooLarge = errors.New("request body is larger than the limit")

// BodyError is what reading an [Exchange]'s body returns once the client has sent something that is no body.
type BodyError seawall.Reason

// Error returns the reason's code.
func (e BodyError) Error() string { return "malformed request body: " + seawall.Reason(e).String() }
