namespace Migrator.Testing.Network;

/// <summary>What a mailed code is for, in the server's words.</summary>
public static class CodePurpose
{
    public const string PlcOperation = "plc_operation";
    public const string DeleteAccount = "delete_account";
    public const string ConfirmEmail = "confirm_email";
    public const string UpdateEmail = "update_email";
    public const string ResetPassword = "reset_password";
}
