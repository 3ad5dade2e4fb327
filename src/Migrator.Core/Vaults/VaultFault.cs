namespace Migrator.Core.Vaults;

/// <summary>What went wrong at a vault.</summary>
public enum VaultFault
{
    /// <summary>No object of that name, or no such bucket.</summary>
    NotFound,

    /// <summary>The name is taken: objects are never overwritten.</summary>
    AlreadyThere,

    /// <summary>No room: the disk or the quota is used up.</summary>
    Full,

    /// <summary>The vault says no: permissions, credentials, an object under lock, an address that may not be called.</summary>
    Refused,

    /// <summary>No answer, a broken connection, a folder that is not there, a server that fails again and again.</summary>
    Unreachable,

    /// <summary>The store asks for a pause; <see cref="VaultException.RetryAt"/> says until when.</summary>
    Throttled,

    /// <summary>The store gave back other bytes than it was given. What was written is not to be relied on.</summary>
    Corrupted,

    /// <summary>This is not the vault that it was: its marker is missing or names another.</summary>
    Swapped,
}
