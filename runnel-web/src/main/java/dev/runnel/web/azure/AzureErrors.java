package dev.runnel.web.azure;

import dev.runnel.model.TimeSource;
import dev.runnel.web.http.WebErrors;
import dev.runnel.web.http.WebResponse;
import dev.runnel.web.http.XmlEvents;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Set;

/** The error codes of the Blob service. */
final class AzureErrors extends WebErrors {

    private static final Set<String> PASSING =
            Set.of("ServerBusy", "ContainerBeingDeleted", "InvalidBlockList", "AccountBeingCreated");

    private final AzureSettings settings;

    AzureErrors(AzureSettings settings, TimeSource time) {
        super(settings.endpoint().toString(), time);
        this.settings = settings;
    }

    /** The code stands in a header, since an answer to HEAD has no body. */
    @Override
    protected Reason reason(WebResponse response) {
        String code = response.header("x-ms-error-code");
        String[] told = {code == null ? "" : code, ""};
        String text = response.text().replace("\uFEFF", "");
        try {
            XmlEvents.read(new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)), new XmlEvents.Visitor() {
                @Override
                public void start(String name, boolean encoded) {}

                @Override
                public void end(String name, String value) {
                    if (name.equals("Code") && told[0].isEmpty()) {
                        told[0] = brief(value);
                    } else if (name.equals("Message")) {
                        told[1] = brief(value);
                    }
                }
            });
        } catch (IOException e) {
            return new Reason(told[0], ""); // no body, or that of a proxy
        }
        return new Reason(told[0], told[1]);
    }

    @Override
    protected boolean isAbsence(int status, Reason reason) {
        return status == 404 && !reason.code().equals("ContainerNotFound");
    }

    @Override
    protected boolean isPreconditionFailure(int status, Reason reason) {
        return (status == 412 && (reason.code().isEmpty() || reason.code().equals("ConditionNotMet")))
                || reason.code().equals("BlobAlreadyExists");
    }

    @Override
    protected boolean isPassing(int status, Reason reason) {
        return super.isPassing(status, reason) || PASSING.contains(reason.code());
    }

    @Override
    protected String remedy(int status, Reason reason) {
        return switch (reason.code()) {
            case "ContainerNotFound" ->
                "; there is no container " + settings.container() + " at " + place()
                        + ": create it, or correct bucket, account-name or endpoint";
            case "AuthenticationFailed", "NoAuthenticationInformation", "InvalidAuthenticationInfo" -> refused();
            case "AuthorizationFailure" ->
                reason.message().contains("failed to authenticate") // Azurite, of a wrong signature
                        ? refused()
                        : "; the network rules of the storage account refuse this machine, or " + settings.credential()
                                + " lacks a permission";
            case "AuthorizationPermissionMismatch",
                    "InsufficientAccountPermissions",
                    "AuthorizationServiceMismatch",
                    "AuthorizationResourceTypeMismatch" -> "; " + settings.credential() + permissions();
            case "KeyBasedAuthenticationNotPermitted" ->
                "; the account takes no shared keys: remove account-key and use an identity, or allow key access";
            case "AccountIsDisabled" -> "; enable the storage account";
            case "BlobArchived", "BlobBeingRehydrated" ->
                "; a blob in the archive tier cannot be read: rehydrate it, and take the rule away that moves blobs there";
            case "BlobImmutableDueToPolicy" ->
                "; an immutability policy keeps it: set retention.enabled: false, or a shorter policy";
            case "LeaseIdMissing" -> "; somebody holds a lease of Azure on this blob: break it";
            default -> status == 403 ? "; " + settings.credential() + permissions() : "";
        };
    }

    private String refused() {
        if (settings.sasToken() != null) {
            return "; sas-token is not valid, has expired, or is one of another account or container";
        }
        return settings.accountKey() != null
                ? "; account-key does not belong to account " + settings.account()
                : "; the token of this machine's identity was refused";
    }

    private String permissions() {
        return " lacks a permission on container " + settings.container()
                + ": it needs to read, write, delete and list blobs (role Storage Blob Data Contributor; SAS: sp=rwdlc)";
    }
}
