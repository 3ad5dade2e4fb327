// File modes are tested: these tests run on Linux, as the program does.
[assembly: System.Runtime.Versioning.SupportedOSPlatform("linux")]
