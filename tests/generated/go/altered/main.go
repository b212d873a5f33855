// The client of openapi-generator's go decodes every answer with unknown fields and words.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"net/http"
	"os"
	"reflect"
	"time"

	"openapi"
)

type testCase struct {
	Operation string
	Status    int
	Body      map[string]any
}

var (
	byMail    = openapi.PortalSendOtpByMailAsPortalSendOtp(openapi.NewPortalSendOtpByMail("a@example.com", "EMAIL"))
	verify    = openapi.PortalVerifyOtpByMailAsPortalVerifyOtp(openapi.NewPortalVerifyOtpByMail("a@example.com", "123456"))
	presented = *openapi.NewPortalPresentedToken("t")
	grant     = *openapi.NewPartnerGrant("client_credentials", []openapi.PartnerScope{"create:patient"})
	login     = *openapi.NewPasswordCredentials("u", "p")
)

// call sends the request of an operation, with any values.
func call(c *openapi.APIClient, operation string) (any, *http.Response, error) {
	ctx := context.Background()
	portal, partner, password, sso := c.PortalAPI, c.PartnerAPI, c.PasswordAPI, c.SsoAPI
	switch operation {
	case "sendPortalOtp":
		return decoded(portal.SendPortalOtp(ctx).PortalSendOtp(byMail).Execute())
	case "verifyPortalOtp":
		return decoded(portal.VerifyPortalOtp(ctx).PortalVerifyOtp(verify).Execute())
	case "refreshPortalSession":
		return decoded(portal.RefreshPortalSession(ctx).PortalPresentedToken(presented).Execute())
	case "endPortalSession":
		return decoded(portal.EndPortalSession(ctx).PortalPresentedToken(presented).Execute())
	case "getPortalUser":
		return decoded(portal.GetPortalUser(ctx).Execute())
	case "issuePartnerToken":
		return decoded(partner.IssuePartnerToken(ctx).XPartnerId("p").XPartnerSecret("s").XOrganizationId("o").
			XOrganizationSecret("s").XUserId("u").PartnerGrant(grant).Execute())
	case "validatePartnerToken":
		return decoded(partner.ValidatePartnerToken(ctx, "o").XOrganizationSecret("s").Execute())
	case "getPartnerKeys":
		return decoded(partner.GetPartnerKeys(ctx).Execute())
	case "checkPartnerKeys":
		return empty(partner.CheckPartnerKeys(ctx).Execute())
	case "logInPasswordUser":
		return decoded(password.LogInPasswordUser(ctx, "patient").Organization("o").PasswordCredentials(login).Execute())
	case "logInPasswordUserByAlias":
		return decoded(password.LogInPasswordUserByAlias(ctx).Organization("o").PasswordCredentials(login).Execute())
	case "logInPasswordUserBySecondAlias":
		return decoded(password.LogInPasswordUserBySecondAlias(ctx).Organization("o").PasswordCredentials(login).Execute())
	case "getPasswordAccount":
		return decoded(password.GetPasswordAccount(ctx, "patient").Organization("o").Execute())
	case "logOutPasswordUser":
		return empty(password.LogOutPasswordUser(ctx, "patient").Organization("o").Execute())
	case "signInSsoUser":
		return decoded(sso.SignInSsoUser(ctx).ClientId("c").Email("a@example.com").Password("p").Execute())
	case "signOutSsoUser":
		return decoded(sso.SignOutSsoUser(ctx, "t").ClientId("c").Email("a@example.com").Password("p").Execute())
	case "getSsoUser":
		return decoded(sso.GetSsoUser(ctx, "t").ClientId("c").Execute())
	case "getSsoUserByPost":
		return decoded(sso.GetSsoUserByPost(ctx, "t").ClientId("c").Execute())
	}
	return nil, nil, fmt.Errorf("no call of %s", operation)
}

func decoded[T any](model T, response *http.Response, err error) (any, *http.Response, error) {
	return model, response, err
}

func empty(response *http.Response, err error) (any, *http.Response, error) {
	return nil, response, err
}

// check compares what the client made of an answer with the answer: a refusal is in the error.
func check(number int, one testCase) error {
	configuration := openapi.NewConfiguration()
	configuration.Servers = openapi.ServerConfigurations{{URL: fmt.Sprintf("%s/%d", os.Getenv("POSTERN_ANSWERS"), number)}}
	model, response, err := call(openapi.NewAPIClient(configuration), one.Operation)
	if response == nil {
		return err
	}
	if response.StatusCode != one.Status {
		return fmt.Errorf("status %d", response.StatusCode)
	}
	var refusal *openapi.GenericOpenAPIError
	if errors.As(err, &refusal) {
		model = refusal.Model()
	} else if err != nil {
		return err
	}
	if one.Body == nil {
		return nil
	}
	text, err := json.Marshal(model)
	if err != nil {
		return err
	}
	var got map[string]any
	if err := json.Unmarshal(text, &got); err != nil {
		return fmt.Errorf("%v: %s", err, refusal)
	}
	if !reflect.DeepEqual(plain(got), plain(one.Body)) {
		return fmt.Errorf("decoded %s", text)
	}
	return nil
}

// plain has times in one spelling, and no field that is null: the generated encoder leaves out a slice that is nil.
func plain(value any) any {
	switch value := value.(type) {
	case map[string]any:
		for name, inner := range value {
			if value[name] = plain(inner); inner == nil {
				delete(value, name)
			}
		}
	case []any:
		for at, inner := range value {
			value[at] = plain(inner)
		}
	case string:
		if at, err := time.Parse(time.RFC3339Nano, value); err == nil {
			return at.UTC().String()
		}
	}
	return value
}

func main() {
	text, err := os.ReadFile(os.Getenv("POSTERN_CASES"))
	if err != nil {
		log.Fatal(err)
	}
	var cases []testCase
	if err := json.Unmarshal(text, &cases); err != nil {
		log.Fatal(err)
	}
	for number, one := range cases {
		if err := check(number, one); err != nil {
			log.Fatalf("%s %d: %v", one.Operation, one.Status, err)
		}
	}
	fmt.Printf("ok: openapi-generator's Go client decodes %d answers with unknown fields and words\n", len(cases))
}
